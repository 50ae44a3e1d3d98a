"""A file that is being downloaded: its bytes so far, their digest, and which version they belong to."""

import hashlib
import json
import os
from pathlib import Path

from converter.files import write_atomically
from converter.sources.file_version import FileVersion

_CHUNK_BYTES = 1 << 20


class Partial:
    """The beginning of a file on the disk. Whoever holds the lock of its key is the only one to use it.

    Attributes:
        path: the bytes; it never has the name of a whole file.
        size_bytes: how many there are.
        total_bytes: how many there will be, if the server said so.
        version: what the server said about them.
    """

    def __init__(self, path: Path) -> None:
        """Go on with what an earlier process left, if it can be continued, else begin anew."""
        self.path = path
        self._notes = path.with_suffix(".json")
        self._digest = hashlib.sha256()
        self.size_bytes = 0
        self.total_bytes: int | None = None
        self.version = FileVersion()
        if not self._load():
            self.discard()

    @property
    def sha256(self) -> str:
        """Of the bytes so far."""
        return self._digest.hexdigest()

    @property
    def resume(self) -> dict[str, str]:
        """Headers that ask for the rest of the same version, or nothing."""
        validator = self.version.if_range
        if not self.size_bytes or validator is None:
            return {}
        return {"Range": f"bytes={self.size_bytes}-", "If-Range": validator}

    def begin(self, version: FileVersion, total_bytes: int | None) -> None:
        """Forget the bytes so far; those that follow belong to this version."""
        self.discard()
        self.version, self.total_bytes = version, total_bytes
        notes = {"etag": version.etag, "modified": version.modified, "total_bytes": total_bytes}
        write_atomically(self._notes, json.dumps(notes).encode())

    def append(self, data: bytes) -> None:
        """Write the next bytes."""
        with self.path.open("ab") as stream:
            stream.write(data)
        self._digest.update(data)
        self.size_bytes += len(data)

    def discard(self) -> None:
        """Remove everything."""
        self.path.unlink(missing_ok=True)
        self._notes.unlink(missing_ok=True)
        self._digest, self.size_bytes = hashlib.sha256(), 0
        self.total_bytes, self.version = None, FileVersion()

    def become(self, target: Path) -> None:
        """Turn into the whole file `target`, in one step."""
        target.parent.mkdir(parents=True, exist_ok=True)
        self.path.touch()  # of a file without bytes
        with self.path.open("rb") as stream:
            os.fsync(stream.fileno())
        self.path.chmod(0o444)
        self.path.replace(target)
        self._notes.unlink(missing_ok=True)

    def _load(self) -> bool:
        try:
            notes = json.loads(self._notes.read_bytes())
            self.version = FileVersion(notes["etag"], notes["modified"])
            self.total_bytes = notes["total_bytes"]
            if self.version.if_range is None:
                return False
            with self.path.open("rb") as stream:
                while chunk := stream.read(_CHUNK_BYTES):
                    self._digest.update(chunk)
                    self.size_bytes += len(chunk)
            fits = self.total_bytes is None or self.size_bytes <= self.total_bytes
        except (FileNotFoundError, AttributeError, KeyError, TypeError, ValueError):
            return False  # nothing is there, or what is there is damaged
        return fits
