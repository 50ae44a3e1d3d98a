"""Finding things in a file hub: which folder a tag, a branch or a commit is."""

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from converter.hub.store import MAIN
from converter.release.checksums import CHECKSUMS_NAME

INCOMING = ".incoming"
COMMITS = ".commits"
_CHUNK_BYTES = 4 << 10
"""Of a `SHA256SUMS` that is read: most are shorter, and room for more takes longer to give back than to read again."""
_COMMIT_DIGITS = 40
"""As long as git's, because clients and regular expressions expect that."""


class FolderLayout:
    """The folders of one hub. Looks at the disk each time; remembers only where it saw a commit last."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._seen: dict[str, str] = {}

    def tags(self) -> Mapping[str, str]:
        """Tag to commit."""
        root = str(self._root)
        return {name: self._commit_of(f"{root}/{name}") for name in self._tags()}

    def head(self, branch: str) -> Path | None:
        """The folder of a branch's newest commit: the one without a tag, else the highest version."""
        if (waiting := self._root / COMMITS / branch).is_dir():
            return waiting
        versions = [(folder.name.removeprefix(f"{branch}.v"), folder) for folder in self._tagged()]
        ours = [(int(version), folder) for version, folder in versions if version.isdecimal()]
        return max(ours)[1] if ours else None

    def folder_at(self, revision: str) -> Path | None:
        """The folder of a tag, a commit or a branch."""
        seen = self._seen.get(revision)
        if seen is not None and Path(seen).is_dir() and commit_id(seen) == revision:
            return Path(seen)
        for folder in (*self._tagged(), *self._waiting()):
            if revision in {folder.name, self._commit_of(str(folder))}:
                return folder
        return self.head(revision)

    def _commit_of(self, folder: str) -> str:
        commit = commit_id(folder)
        self._seen[commit] = folder
        return commit

    def _tags(self) -> list[str]:
        # A hub may have ten thousand: names are sorted, not paths, and the listing knows what is a folder.
        if not self._root.is_dir():
            return []
        with os.scandir(self._root) as listing:
            names = [item.name for item in listing if item.is_dir()]
        return sorted(name for name in names if name != MAIN and not name.startswith("."))

    def _tagged(self) -> Iterator[Path]:
        return (self._root / name for name in self._tags())

    def _waiting(self) -> Iterator[Path]:
        commits = self._root / COMMITS
        yield from sorted(commits.iterdir()) if commits.is_dir() else ()


def commit_id(folder: str | Path) -> str:
    """The commit that a folder is: the start of the SHA-256 of its `SHA256SUMS` (of its name, if it is no release)."""
    try:
        data = _read(f"{folder}/{CHECKSUMS_NAME}")
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        data = os.path.basename(folder).encode()  # noqa: PTH119
    return hashlib.sha256(data).hexdigest()[:_COMMIT_DIGITS]


def _read(file: str) -> bytes:
    """All of a small file, in four calls of the system: Python's own files make nine, and a hub has ten thousand."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        whole = b""
        while data := os.read(descriptor, _CHUNK_BYTES):
            whole += data
        return whole
    finally:
        os.close(descriptor)


def file_sizes(folder: Path) -> Mapping[str, int]:
    """Path (`/` between the parts) to bytes of every file below a folder, sorted."""
    files = (Path(where, name) for where, _, names in os.walk(folder) for name in names)
    return dict(sorted((path.relative_to(folder).as_posix(), path.stat().st_size) for path in files))
