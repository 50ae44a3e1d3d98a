"""What publishing and downloading need of a hub: branches, tags, one commit at a time, and an index that is swapped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from converter.hub.local_release import LocalRelease
from converter.progress import Report

MAIN = "main"
"""The branch of the index and the catalogue."""
INDEX_NAME = "index.json"
LEDGER_NAME = "ledger.json"
CATALOGUE_NAME = "README.md"
HUB_FILES = frozenset({".gitattributes"})
"""Files that a hub adds to every branch by itself."""


@dataclass(frozen=True)
class StoredFile:
    """One file at a revision, as the hub lists it."""

    path: str
    size_bytes: int
    sha256: str | None
    """`None` where the hub does not know it without reading the file."""


@dataclass(frozen=True)
class IndexState:
    """Index and ledger as they were read, and what proves later that nobody has changed them since."""

    index: bytes | None
    """Bytes of `index.json`; `None` where there is none."""
    ledger: bytes | None
    """Bytes of `ledger.json`; `None` where there is none."""
    token: str | None
    """Opaque; handed back to `Store.replace_index`."""


@dataclass(frozen=True)
class Committed:
    """A commit that was made, and what that took."""

    commit: str
    """Its id."""
    sent_bytes: int | None
    """Of the files that the hub did not have; `None` where nothing is sent anywhere."""


class Store(Protocol):
    """One hub. A revision is a commit id, a tag or a branch.

    Every method may raise `HubUnreachable` and `HubDenied`. After `HubUnreachable` from one that changes the hub nobody
    knows whether the change was made: read the state again before anything else.
    """

    @property
    def repo_id(self) -> str | None:
        """The id by which clients of the Hugging Face Hub load from here, `None` for a plain folder."""

    def describe(self) -> str:
        """The address, for messages; holds no secret."""

    def prepare(self) -> None:
        """Make the hub if it does not exist yet, and clear away what killed runs left behind."""

    def tags(self) -> Mapping[str, str]:
        """Every tag and the commit that it marks; empty for a hub that does not exist."""

    def branch_head(self, branch: str) -> str | None:
        """The newest commit of a branch, `None` without such a branch."""

    def files(self, revision: str) -> Sequence[StoredFile]:
        """Every file at a revision, sorted by path, without `HUB_FILES`.

        Raises:
            FileMissing: there is no such revision.
        """

    def read(self, revision: str, path: str, max_bytes: int) -> bytes:
        """A small file's bytes.

        Raises:
            FileMissing: there is no such revision or file.
            FileTooLarge: it is larger than `max_bytes`.
        """

    def local_folder(self, revision: str) -> Path | None:
        """The folder that a revision is, for a hub on this machine; `None` for a remote one.

        Raises:
            FileMissing: there is no such revision.
        """

    def fetch(self, revision: str, path: str, to: Path, report: Report) -> None:
        """Write the file `path` to `to / path`; goes on where a killed run stopped, if the hub can do that.

        Raises:
            FileMissing: there is no such revision or file.
        """

    def commit_folder(
        self, branch: str, release: LocalRelease, *, parent: str | None, message: str, consume: bool, report: Report
    ) -> Committed:
        """Make the branch hold exactly the release's files (and `HUB_FILES`), in one commit.

        Args:
            branch: is made, with nothing of `main` in it, when it does not exist.
            release: the files.
            parent: what `branch_head` said; `None` if there was no branch.
            message: the commit's title.
            consume: the release's folder may be moved away instead of copied.
            report: called with the bytes done.

        Raises:
            Moved: the branch's head is not `parent` any more.
        """

    def create_tag(self, tag: str, commit: str) -> None:
        """Mark a commit of `commit_folder`.

        Raises:
            Moved: the tag exists already, or the commit is gone.
        """

    def amend(self, branch: str, files: Mapping[str, bytes], *, parent: str, message: str) -> None:
        """Put small files on top of a branch, in one commit without a tag.

        A hub whose branches are their newest tags, which never change, does nothing.

        Raises:
            Moved: the branch's head is not `parent` any more.
        """

    def read_index(self) -> IndexState:
        """The index and the ledger on `main`."""

    def replace_index(self, files: Mapping[str, bytes], token: str | None) -> None:
        """Write index, ledger and catalogue to `main` if it is still as it was when `token` was read.

        Raises:
            Moved: it is not.
        """
