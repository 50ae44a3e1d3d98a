"""How many bytes of files came over the network."""

from dataclasses import dataclass


@dataclass
class Traffic:
    """A counter; mutable, and lives as long as one look."""

    received_bytes: int = 0
