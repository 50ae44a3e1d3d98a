"""Digest the weight files of a source while they are being converted, in a thread of its own."""

import hashlib
import threading
from collections.abc import Iterable
from pathlib import Path

from converter.errors import ConverterError
from converter.release import FileRecord

_BUFFER_BYTES = 1 << 20


class PinMismatchError(ConverterError):
    """A source does not have the SHA-256 that its entry is pinned to."""


class SourceDigests:
    """Records of files; leaving the context early stops the thread.

    Hashing the source runs beside the streaming of its weights: a second core does it, and the file is read from the
    page cache where that still has it.
    """

    def __init__(self, root: Path, names: Iterable[str]) -> None:
        """Digest the files `names` in the folder `root`; if `root` is a file, its name is the only one."""
        self._paths = {name: root / name if root.is_dir() else root for name in names}
        self._records: list[FileRecord] = []
        self._error: OSError | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "SourceDigests":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def records(self) -> tuple[FileRecord, ...]:
        """Wait for the digests.

        Raises:
            OSError: a file could not be read.
        """
        self._thread.join()
        if self._error is not None:
            raise self._error
        return tuple(self._records)

    def _run(self) -> None:
        # One buffer for all, small enough to stay in the processor's cache between the kernel's copy and the hash.
        buffer = memoryview(bytearray(_BUFFER_BYTES))
        try:
            for name, path in self._paths.items():
                digest, size_bytes = hashlib.sha256(), 0
                with path.open("rb", buffering=0) as stream:
                    while not self._stop.is_set() and (count := stream.readinto(buffer)):
                        digest.update(buffer[:count])
                        size_bytes += count
                if self._stop.is_set():
                    return  # what was not read to its end has no digest
                self._records.append(FileRecord(name, size_bytes, digest.hexdigest()))
        except OSError as error:
            self._error = error


def require_pin(pinned: str | None, records: tuple[FileRecord, ...], where: str) -> None:
    """Check a source against the `sha256` of its entry.

    Raises:
        PinMismatchError: the digest is another one, or the source has several files.
    """
    if pinned is None:
        return
    if len(records) != 1:
        raise PinMismatchError(
            f"{where}: `sha256` pins one file, this source has {len(records)}; "
            "pin a Hub repository with `revision` instead"
        )
    if records[0].sha256 != pinned:
        raise PinMismatchError(
            f"{where}: {records[0].path} has SHA-256 {records[0].sha256}, expected {pinned}; the file was changed or "
            "damaged: fetch it again, or correct `sha256` after finding out why"
        )
