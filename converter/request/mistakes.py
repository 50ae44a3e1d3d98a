"""What is wrong with a request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    """One thing that the requester has to correct."""

    label: str
    """Of the field of the form; empty if it is about the whole."""
    message: str
    """May have a stranger's words in it."""

    def __str__(self) -> str:
        return f"{self.label}: {self.message}" if self.label else self.message
