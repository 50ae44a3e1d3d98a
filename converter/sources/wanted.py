"""What is to be downloaded."""

from dataclasses import dataclass

from converter.sources.web import Address


@dataclass(frozen=True)
class Wanted:
    """One file of the web."""

    identity: str
    """What tells it from others; no secrets."""
    shown: str
    """Its name in messages."""
    address: Address
    sha256: str | None
    """What it must have."""
    login: str
    """What to do about a server that wants to know who asks."""
