"""A component that was compared, or was not."""

from dataclasses import dataclass

from converter.parity import Measurement


@dataclass(frozen=True)
class Proven:
    """One component's comparison."""

    measured: tuple[Measurement, ...]
    key: str | None
    """Of all that determines the figures; `None` where not all of it is known without computing it."""
    before: str | None
    """The release that it was measured for, where that was not this one."""


NOT_PROVEN = Proven((), None, None)
"""Nothing was compared."""
