"""What makes a branch of a Hub repository hold a release: files that are sent, and those that are there already."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from converter.hub.local_release import LocalRelease
from converter.hub.published import HeldFile
from converter.hub.store import HUB_FILES

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete
    from huggingface_hub.hf_api import RepoFile


@dataclass(frozen=True)
class Operations:
    """One commit. What the branch has as it is to be is not in it."""

    additions: "Sequence[CommitOperationAdd]"
    """What is sent."""
    copies: "Sequence[CommitOperationCopy]"
    """What another branch has: the Hub takes it from there, by its digest."""
    deletions: "Sequence[CommitOperationDelete]"

    @property
    def all(self) -> "list[CommitOperationAdd | CommitOperationCopy | CommitOperationDelete]":
        return [*self.additions, *self.copies, *self.deletions]

    @property
    def sent_bytes(self) -> int:
        """Of the files that are sent."""
        return sum(addition.upload_info.size for addition in self.additions)


def operations_for(release: LocalRelease, head: "Sequence[RepoFile]", held: Mapping[str, HeldFile]) -> Operations:
    """What turns a branch into a release.

    Left to the client, a file that the repository has would be sent all the same where it goes by Xet: it is cut into
    chunks again, of which only those are kept back that the chunk store is asked about.

    Args:
        release: what the branch is to hold.
        head: the files that it has.
        held: SHA-256 to a place in the repository where a file with it is.
    """
    from huggingface_hub import CommitOperationAdd, CommitOperationCopy, CommitOperationDelete

    there = {file.path: file for file in head if file.path not in HUB_FILES}
    changed = [path for path in release.sizes if path not in there or not _is_same(release, path, there[path])]
    elsewhere = {path: held[release.digests[path]] for path in changed if release.digests.get(path) in held}
    return Operations(
        [CommitOperationAdd(path, release.folder / path) for path in changed if path not in elsewhere],
        [CommitOperationCopy(at.path, path, src_revision=at.commit) for path, at in elsewhere.items()],
        [CommitOperationDelete(path, is_folder=False) for path in sorted(set(there) - set(release.sizes))],
    )


def _is_same(release: LocalRelease, path: str, file: "RepoFile") -> bool:
    if file.size != release.sizes[path]:
        return False
    if file.lfs is not None:
        return file.lfs.sha256 == release.digests.get(path)
    return file.blob_id == _git_blob_id(release.folder / path)


def _git_blob_id(file: Path) -> str:
    """Git's name of a small file's content."""
    data = file.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
