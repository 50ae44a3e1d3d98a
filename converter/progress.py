"""Progress is a value that is handed down and called, never a print."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Progress:
    """How far one piece of work is."""

    task: str
    """What is being done, for a person: `unet: streaming weights`."""
    done: int
    total: int | None
    """`None` while the end is not known."""
    unit: str
    """`bytes`, `files`, or `` for a step that only begins and ends."""

    @property
    def finished(self) -> bool:
        return self.total is not None and self.done >= self.total


Report: TypeAlias = Callable[[Progress], None]
"""Called from time to time with the state of the work; it must return fast and never raise."""


def silent(_: Progress) -> None:
    """The report of who does not want to know."""
