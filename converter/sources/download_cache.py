"""The download cache: whole files by their SHA-256, and what was downloaded from where.

    blobs/SHA256          a whole file; never half of one
    index/KEY.json        which blob a source gave last, and what its server calls that version
    partial/KEY.part      a download that goes on, with notes beside it
    locks/KEY.lock        held by the process that downloads; the file itself means nothing

KEY is the SHA-256 of the source's identity, so no query and no secret of an address is on the disk.
"""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

from converter.canonical import readable_json
from converter.files import write_atomically
from converter.sources.file_version import FileVersion
from converter.sources.holding import hold
from converter.sources.partial import Partial


@dataclass(frozen=True)
class Record:
    """What a source gave the last time."""

    source: str
    """Fit to be shown."""
    sha256: str
    size_bytes: int
    version: FileVersion


@dataclass(frozen=True)
class DownloadCache:
    """The folder, which several processes may share."""

    folder: Path

    @property
    def blobs(self) -> Path:
        return self.folder / "blobs"

    @property
    def index(self) -> Path:
        return self.folder / "index"

    @property
    def partials(self) -> Path:
        return self.folder / "partial"

    def blob(self, digest: str, size_bytes: int | None = None) -> Path | None:
        """A whole file, which stays until this process ends; `None` if it is not there or of another size."""
        path = self.blobs / digest
        if not hold(path) or size_bytes not in (None, path.stat().st_size):
            return None
        os.utime(path)  # pruning begins with what was used longest ago
        return path

    def record(self, key: str) -> Record | None:
        """What a source gave the last time; `None` if it is not known."""
        return read_record(self.index / f"{key}.json")

    def partial(self, key: str) -> Partial:
        """The download of `key` as far as it got; only for who has locked it."""
        return Partial(self.partials / f"{key}.part")

    def keep(self, key: str, source: str, partial: Partial) -> Path:
        """Make a finished download a blob, which stays until this process ends, and remember where it came from."""
        record = Record(source, partial.sha256, partial.size_bytes, partial.version)
        path = self.blobs / record.sha256
        if not (hold(path) and path.stat().st_size == record.size_bytes):
            partial.become(path)
            hold(path)
        partial.discard()
        write_atomically(self.index / f"{key}.json", _written(record))
        return path

    @contextmanager
    def locked(self, key: str, waiting: Callable[[], None]) -> Iterator[None]:
        """Have `key` to ourselves; `waiting` is called if another process has it. The system ends a dead one's lock."""
        with self._lock_file(key) as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                waiting()
                fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    @contextmanager
    def locked_if_free(self, key: str) -> Iterator[bool]:
        """Have `key` to ourselves, or learn that another process has it."""
        with self._lock_file(key) as stream:
            try:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True

    def _lock_file(self, key: str) -> IO[bytes]:
        path = self.folder / "locks" / f"{key}.lock"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")


def key_of(identity: str) -> str:
    """The name of a source in the cache."""
    return sha256(identity.encode()).hexdigest()


def read_record(path: Path) -> Record | None:
    """A record of the index; a damaged one counts as absent, because it can be had again."""
    try:
        raw = json.loads(path.read_bytes())
        version = FileVersion(raw["etag"], raw["last_modified"])
        return Record(str(raw["source"]), str(raw["sha256"]), int(raw["size_bytes"]), version)
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return None


def _written(record: Record) -> bytes:
    return readable_json(
        {
            "source": record.source,
            "sha256": record.sha256,
            "size_bytes": record.size_bytes,
            "etag": record.version.etag,
            "last_modified": record.version.modified,
        }
    )
