"""A release folder before it is published: which files it has, and that they are what its checksums say."""

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.files import sha256_of
from converter.hub.errors import DigestMismatch, HubError
from converter.progress import Progress, Report
from converter.release.checksums import CHECKSUMS_NAME, read_checksums
from converter.release.manifest import MANIFEST_NAME, Manifest

MAX_SUMS_BYTES = 1 << 20
MAX_MANIFEST_BYTES = 16 << 20


@dataclass(frozen=True)
class LocalRelease:
    """The files of one release folder; equal `sums_sha256` means equal content: `SHA256SUMS` covers the rest."""

    folder: Path
    manifest: Manifest
    sums: bytes
    """The bytes of `SHA256SUMS`."""
    digests: Mapping[str, str]
    """Path to SHA-256 of every file but `SHA256SUMS`."""
    sizes: Mapping[str, int]
    """Path to bytes of every file, `SHA256SUMS` too; sorted."""

    @property
    def sums_sha256(self) -> str:
        """The digest that stands for the whole content."""
        return hashlib.sha256(self.sums).hexdigest()

    @property
    def size_bytes(self) -> int:
        return sum(self.sizes.values())


def open_release(folder: Path) -> LocalRelease:
    """Read a release folder's manifest and checksums, and check that they and the folder list the same files.

    Raises:
        HubError: something is missing, unlisted, or not a plain file.
        ReleaseError: the manifest is broken.
    """
    if not folder.is_dir():
        raise HubError(f"{folder}: no such folder; expected a release folder with {MANIFEST_NAME} and {CHECKSUMS_NAME}")
    sizes = dict(sorted(_plain_files(folder)))
    sums = _read(folder, CHECKSUMS_NAME, MAX_SUMS_BYTES, sizes)
    manifest = Manifest.from_json(_read(folder, MANIFEST_NAME, MAX_MANIFEST_BYTES, sizes), f"{folder / MANIFEST_NAME}")
    digests = read_checksums(sums, f"{folder / CHECKSUMS_NAME}")
    _require_same_paths(folder, found=set(sizes) - {CHECKSUMS_NAME}, listed=set(digests))
    return LocalRelease(folder, manifest, sums, digests, sizes)


def require_digests(release: LocalRelease, report: Report) -> None:
    """Read every file and compare it with the checksums.

    Raises:
        DigestMismatch: the first file that differs.
    """
    task, done = f"{release.manifest.tag}: checking the folder", 0
    for path, expected in release.digests.items():
        report(Progress(task, done, release.size_bytes, "bytes"))
        found = sha256_of(release.folder / path)
        if found != expected:
            raise DigestMismatch(
                f"{release.folder / path}: SHA-256 is {found}, {CHECKSUMS_NAME} says {expected}; "
                "convert the entry again"
            )
        done += release.sizes[path]
    report(Progress(task, release.size_bytes, release.size_bytes, "bytes"))


def _plain_files(folder: Path) -> Iterator[tuple[str, int]]:
    for where, folders, names in os.walk(folder):
        for name in (*folders, *names):
            path = Path(where, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode):
                yield path.relative_to(folder).as_posix(), status.st_size
            elif not stat.S_ISDIR(status.st_mode):
                # A link could publish a file from outside the folder, and onnx refuses linked external data.
                raise HubError(f"{path}: not a plain file; a release has plain files only: replace it by a copy")


def _read(folder: Path, name: str, max_bytes: int, sizes: Mapping[str, int]) -> bytes:
    if name not in sizes:
        raise HubError(f"{folder}: {name} is missing; expected a release folder, made by `convert`")
    if sizes[name] > max_bytes:
        raise HubError(f"{folder / name}: {sizes[name]:,} bytes, expected at most {max_bytes:,}; not a release folder")
    return (folder / name).read_bytes()


def _require_same_paths(folder: Path, *, found: set[str], listed: set[str]) -> None:
    if found != listed:
        raise HubError(
            f"{folder}: {_some(listed - found)} listed in {CHECKSUMS_NAME} but missing, "
            f"{_some(found - listed)} there but not listed; convert the entry again"
        )


def _some(paths: set[str]) -> str:
    first = sorted(paths)[:10]
    rest = f" and {len(paths) - len(first)} more" if len(paths) > len(first) else ""
    return (", ".join(first) + rest) if paths else "nothing"
