"""Large objects on disk, named by their SHA-256, and the hashes that git and Git LFS use."""

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

CHUNK_BYTES = 1 << 20


class DigestMismatchError(Exception):
    """The bytes that arrived are not those that were announced; nothing was kept."""


def git_blob_oid(data: bytes) -> str:
    """Name that git gives to a file with these bytes (40 hex)."""
    return git_oid(b"blob", data)


def git_oid(kind: bytes, data: bytes) -> str:
    """Name that git gives to an object of this kind (40 hex)."""
    return hashlib.sha1(kind + b" %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def lfs_pointer(sha256: str, size_bytes: int) -> bytes:
    """Text that git stores in place of a large file."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size_bytes}\n".encode()


def chunks_of(path: Path) -> Iterable[bytes]:
    """Bytes of a file in pieces of one MiB."""
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            yield chunk


class BlobStore:
    """A folder of objects named by their SHA-256; an object is there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the object is, or would be."""
        return self._folder / sha256

    def __contains__(self, sha256: str) -> bool:
        return self.path(sha256).is_file()

    def put(self, chunks: Iterable[bytes], *, expected_sha256: str | None = None) -> tuple[str, int]:
        """Stream bytes into the store; returns their SHA-256 and size.

        Raises:
            DigestMismatchError: when they are not the expected ones.
        """
        descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=".incoming-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                sha256, size_bytes = _copy(chunks, stream.write)
            if expected_sha256 not in (None, sha256):
                raise DigestMismatchError(f"found an object with SHA-256 {sha256}, expected {expected_sha256}")
            Path(temporary).replace(self.path(sha256))
        finally:
            Path(temporary).unlink(missing_ok=True)
        return sha256, size_bytes


def _copy(chunks: Iterable[bytes], write: Callable[[bytes], object]) -> tuple[str, int]:
    digest, size_bytes = hashlib.sha256(), 0
    for chunk in chunks:
        digest.update(chunk)
        size_bytes += len(chunk)
        write(chunk)
    return digest.hexdigest(), size_bytes
