"""What fetching may do, and how the hosts of the web are reached."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class SourcePolicy:
    """What is allowed, and the bounds of a download."""

    allow_local: bool = True
    """Whether paths are sources; in continuous integration they would read what lies on the runner."""
    allow_private: bool = False
    """Whether addresses that are not of the public internet are connected to: for tests and closed networks."""
    allow_http: bool = False
    """Whether plain http:// is followed: for tests."""
    max_bytes: int = 64 << 30
    attempts: int = 6
    """How often in a row a download may fail before it is given up."""
    timeout_s: float = 60.0
    """How long a host may be silent."""
    longest_wait_s: float = 300.0
    """A server that asks to wait longer is called unreachable."""


@dataclass(frozen=True)
class CivitaiAccess:
    """How to reach Civitai."""

    endpoint: str = "https://civitai.com"
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Downloads:
    """Where files of the web are kept, and how they get there."""

    folder: Path
    """The download cache; it need not exist yet."""
    policy: SourcePolicy = SourcePolicy()
    civitai: CivitaiAccess = CivitaiAccess()
    sleep: Callable[[float], None] = time.sleep
    """Waits a number of seconds between two attempts."""
