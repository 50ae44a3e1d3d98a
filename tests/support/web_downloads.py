"""A range server and a download cache, as tests of the web use them."""

import random
from dataclasses import dataclass, field, replace
from pathlib import Path

from converter.progress import Report, silent
from converter.registry import HttpsSource, Source
from converter.sources import Downloads, Fetched, HubAccess, Look, SourcePolicy, fetch, look
from tests.support.range_server import RangeServer

LOOPBACK = SourcePolicy(allow_private=True, allow_http=True, attempts=4, timeout_s=5)


@dataclass(frozen=True)
class Web:
    """A server, and a client that does not sleep between attempts."""

    server: RangeServer
    folder: Path
    """The download cache."""
    slept: list[float] = field(default_factory=list)

    @property
    def downloads(self) -> Downloads:
        return Downloads(self.folder, LOOPBACK, sleep=self.slept.append)

    def get(
        self,
        source: Source | str,
        *,
        sha256: str | None = None,
        policy: SourcePolicy = LOOPBACK,
        report: Report = silent,
    ) -> Fetched:
        """Fetch a source, or an address."""
        wanted = HttpsSource(source) if isinstance(source, str) else source
        downloads = replace(self.downloads, policy=policy)
        access = HubAccess()
        return fetch(wanted, root=self.folder, access=access, downloads=downloads, sha256=sha256, report=report)

    def look(self, source: Source | str, *, policy: SourcePolicy = LOOPBACK) -> Look:
        """Look at a source, or an address."""
        wanted = HttpsSource(source) if isinstance(source, str) else source
        downloads = replace(self.downloads, policy=policy)
        return look(wanted, root=self.folder, access=HubAccess(), downloads=downloads)

    def whole_files(self) -> list[bytes]:
        """What the cache has for whole files."""
        return [path.read_bytes() for path in sorted((self.folder / "blobs").glob("*"))]


def weights(size_bytes: int = 1_000_000) -> bytes:
    """Bytes that begin like a safetensors file."""
    return b"\x40\0\0\0\0\0\0\0{" + random.Random(size_bytes).randbytes(size_bytes - 9)
