"""A cache folder of files that are named by what determines them and by the digest of what they hold."""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from converter.files import write_atomically

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DigestCache:
    """Files `KEY.SHA256SUFFIX` under `folder`.

    Several processes may share one: a file appears in one step, and two that make the same write the same. A file whose
    bytes do not have the digest in its name is removed and counts as absent.
    """

    folder: Path
    suffix: str

    def load(self, key: str) -> bytes | None:
        """The bytes kept under `key`, or `None`."""
        for path in self._paths(key):
            data = path.read_bytes()
            if path.name == self._name(key, data):
                return data
            _log.warning("%s is damaged: its bytes do not have the digest in its name; it is made again", path)
            path.unlink(missing_ok=True)
        return None

    def save(self, key: str, data: bytes) -> Path:
        """Keep `data` under `key` (64 hexadecimal digits)."""
        path = self.folder / self._name(key, data)
        write_atomically(path, data)
        return path

    def has(self, key: str) -> bool:
        """Whether something is kept under `key`, damaged or not."""
        return any(self._paths(key))

    def _paths(self, key: str) -> list[Path]:
        return sorted(self.folder.glob(f"{key}.*{self.suffix}"))

    def _name(self, key: str, data: bytes) -> str:
        return f"{key}.{hashlib.sha256(data).hexdigest()}{self.suffix}"
