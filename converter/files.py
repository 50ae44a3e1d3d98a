"""Writing files so that a reader sees the old one or the new one, never half of it."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from converter.errors import ConverterError

_CHUNK_BYTES = 1 << 20


class NoSpaceError(ConverterError):
    """The disk has less room than the work needs; raised before anything is written."""


class WriteError(ConverterError):
    """A file cannot be written to its end: the disk is full, or the drive is gone."""


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file beside `path` that takes its place on success and vanishes on failure."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_atomically(path: Path, data: bytes) -> None:
    """Write `data` to `path` in one step, making the folders above it."""
    with replacing(path) as stream:
        stream.write(data)


def size_of(path: Path) -> int:
    """Bytes of a file, or of every file in a folder; links are followed."""
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Have something to ourselves among processes, as long as the context lasts; the file itself means nothing.

    The system ends the lock of a process that dies in whatever way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in pieces of one MiB."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def free_bytes(folder: Path) -> int:
    """What is free on the disk that holds `folder`, which need not exist yet."""
    return shutil.disk_usage(next(p for p in (folder, *folder.resolve().parents) if p.exists())).free


def require_space(folder: Path, needed_bytes: int) -> None:
    """Check that the disk that holds `folder` (which need not exist yet) has room.

    Raises:
        NoSpaceError: with both numbers and the place.
    """
    free = free_bytes(folder)
    if free < needed_bytes:
        raise NoSpaceError(
            f"{free:,} bytes are free on the disk of {folder}, {needed_bytes:,} are needed; "
            "make room or choose another folder"
        )
