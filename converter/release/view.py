"""One way to look at a release, wherever it is: a folder, the file hub, or a remote hub."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from converter.files import sha256_of
from converter.release.errors import ReleaseError

_MAX_READ_BYTES = 64 << 20


class ReleaseView(Protocol):
    """The files of a release."""

    @property
    def where(self) -> str:
        """What to call the place in messages."""
        ...

    def sizes(self) -> Mapping[str, int]:
        """Path to size in bytes, of every file."""
        ...

    def read(self, path: str) -> bytes:
        """A file that is small enough to be read whole (at most 64 MiB)."""
        ...

    def sha256(self, path: str) -> str:
        """The digest of a file: of its bytes, or what the hub computed when they arrived."""
        ...


@dataclass(frozen=True)
class FolderView:
    """A release as a local folder."""

    folder: Path

    @property
    def where(self) -> str:
        return str(self.folder)

    def sizes(self) -> Mapping[str, int]:
        """Path to size, of every file.

        Raises:
            ReleaseError: there is no folder, or something in it is neither file nor folder (a link could lead
            anywhere; those of huggingface_hub's cache lead to its blobs, and are followed).
        """
        if not self.folder.is_dir():
            raise ReleaseError(f"{self.folder}: there is no such folder; expected a release")
        sizes = {}
        for path in sorted(self.folder.rglob("*")):
            linked = path.is_symlink() and not self._is_cached(path)
            if linked or not (path.is_file() or path.is_dir()):
                raise ReleaseError(f"{path}: a link or special file, expected plain files; copy the release anew")
            if path.is_file():
                sizes[path.relative_to(self.folder).as_posix()] = path.stat().st_size
        return sizes

    def read(self, path: str) -> bytes:
        file = self.folder / path
        if not file.is_file():
            raise ReleaseError(f"{self.folder}: there is no {path}; expected a release folder")
        if file.stat().st_size > _MAX_READ_BYTES:
            raise ReleaseError(f"{file}: {file.stat().st_size:,} bytes, expected at most {_MAX_READ_BYTES:,}")
        return file.read_bytes()

    def sha256(self, path: str) -> str:
        return sha256_of(self.folder / path)

    def _is_cached(self, link: Path) -> bool:
        """Whether a link is one of `snapshot_download`, from `CACHE/REPOSITORY/snapshots/COMMIT` to its blobs.

        They lie in `CACHE/REPOSITORY/blobs`; what came by Xet lies in `CACHE/blobs`, which repositories share.
        """
        snapshots = self.folder.resolve().parent
        blobs = (snapshots.with_name("blobs"), snapshots.parent.with_name("blobs"))
        return snapshots.name == "snapshots" and any(link.resolve().is_relative_to(folder) for folder in blobs)
