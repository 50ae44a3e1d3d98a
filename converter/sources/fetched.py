"""What a source gave."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fetched:
    """A model on this machine."""

    path: Path
    """A single file, or a diffusers folder."""
    uri: str
    """Where it came from, without secrets."""
    commit: str | None
    """The Hub commit that a revision was resolved to; `None` for local files."""
    sha256: str | None = None
    """Of a file of the download cache, which digests what it keeps; `None` for other files."""
