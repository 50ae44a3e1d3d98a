"""The folder of kept proofs, about a kilobyte each."""

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from converter.cache import DigestCache
from converter.canonical import JsonValue, readable_json

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptProof:
    """What was measured, and when first."""

    release: str
    """The tag of the release that it was measured for, for people."""
    figures: JsonValue


@dataclass(frozen=True)
class ProofStore:
    """Proofs under `folder`, which several processes and threads may share."""

    folder: Path

    def find(self, key: str) -> KeptProof | None:
        """What is kept under `key`; a damaged file is removed and counts as absent."""
        data = self._cache.load(key)
        if data is None:
            return None
        raw = json.loads(data)
        # A file that was renamed by hand would prove another component.
        return KeptProof(str(raw["release"]), raw["figures"]) if raw["key"] == key else None

    def keep(self, key: str, proof: KeptProof) -> None:
        """Keep a proof; where the disk takes none, the next conversion measures again, and this one goes on."""
        try:
            self._cache.save(key, readable_json({"key": key, "release": proof.release, "figures": proof.figures}))
        except OSError as error:
            _log.warning("%s: a comparison is not kept (%s); it will be made again", self.folder, error.strerror)

    @property
    def _cache(self) -> DigestCache:
        return DigestCache(self.folder, ".json")
