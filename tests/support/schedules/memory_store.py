"""A hub in memory: branches of commits, tags that stay, and a `main` that is swapped if nobody else did."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from converter.hub import FileMissing, FileTooLarge, IndexState, LocalRelease, Moved, StoredFile
from converter.hub.store import INDEX_NAME, LEDGER_NAME, Committed
from converter.progress import Report


@dataclass
class MemoryStore:
    """A `Store`; mutable: it is the hub. Every method happens at one moment, as one request does."""

    commits: dict[str, Mapping[str, bytes]] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    made_tags: dict[str, str] = field(default_factory=dict)
    main: dict[str, bytes] = field(default_factory=dict)
    swaps: int = 0
    repo_id: str | None = None

    def describe(self) -> str:
        return "memory"

    def prepare(self) -> None:
        pass

    def tags(self) -> Mapping[str, str]:
        return dict(self.made_tags)

    def branch_head(self, branch: str) -> str | None:
        return self.branches.get(branch)

    def files(self, revision: str) -> Sequence[StoredFile]:
        found = self.files_at(revision)
        return [StoredFile(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in sorted(found.items())]

    def read(self, revision: str, path: str, max_bytes: int) -> bytes:
        data = self.files_at(revision).get(path)
        if data is None:
            raise FileMissing(f"memory: {path} is not in {revision}")
        if len(data) > max_bytes:
            raise FileTooLarge(f"memory: {path} at {revision} is larger than {max_bytes}")
        return data

    def local_folder(self, revision: str) -> Path | None:
        return None

    def fetch(self, revision: str, path: str, to: Path, report: Report) -> None:
        (to / path).write_bytes(self.files_at(revision)[path])

    def commit_folder(
        self, branch: str, release: LocalRelease, *, parent: str | None, message: str, consume: bool, report: Report
    ) -> Committed:
        if self.branches.get(branch) != parent:
            raise Moved(f"memory: branch {branch} has another head than {parent}")
        files = {path: (release.folder / path).read_bytes() for path in release.sizes}
        # As with git, the same content committed a second time is another commit.
        commit = hashlib.sha256(f"{branch} {len(self.commits)}".encode()).hexdigest()[:40]
        self.commits[commit], self.branches[branch] = files, commit
        return Committed(commit, sent_bytes=None)

    def create_tag(self, tag: str, commit: str) -> None:
        if tag in self.made_tags:
            raise Moved(f"memory: tag {tag} is there")
        if commit not in self.commits:
            raise Moved(f"memory: there is no commit {commit}")
        self.made_tags[tag] = commit

    def amend(self, branch: str, files: Mapping[str, bytes], *, parent: str, message: str) -> None:
        raise NotImplementedError("nothing is yanked here")

    def read_index(self) -> IndexState:
        return IndexState(self.main.get(INDEX_NAME), self.main.get(LEDGER_NAME), str(self.swaps))

    def replace_index(self, files: Mapping[str, bytes], token: str | None) -> None:
        if token != str(self.swaps):
            raise Moved("memory: somebody else wrote the index")
        self.swaps += 1
        self.main.update(files)

    def files_at(self, revision: str) -> Mapping[str, bytes]:
        """What a commit, tag or branch has."""
        commit = self.made_tags.get(revision) or self.branches.get(revision) or revision
        if commit not in self.commits:
            raise FileMissing(f"memory: there is no revision {revision}")
        return self.commits[commit]
