"""What a pull request brings, and what a review of it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from converter.errors import ExitCode
from converter.plan import Plan
from converter.pull_request.looks import Sighting
from converter.registry import Entry, Pin, PlacedSource
from converter.review import Concern, exit_code_of


@dataclass(frozen=True)
class Proposal:
    """A pull request, as far as a review looks at it."""

    base: bytes | None
    """The registry as it is; `None` if there is none."""
    head: bytes
    """The registry as it will be, or so much of it that it is seen to be too large."""
    head_size_bytes: int
    file: str
    """Its name, for the findings."""
    changed_paths: tuple[str, ...] = ()
    """Of all files that change, from the root of the repository; empty if nobody said."""


@dataclass(frozen=True)
class Reviewed:
    """A review."""

    concerns: tuple[Concern, ...]
    """The gravest first."""
    touched: tuple[Entry, ...] = ()
    """The entries that are new or changed, in the order of the registry."""
    plan: Plan | None = None
    """Of the release after the merge, for the whole registry; `None` if it could not be made."""
    sources: tuple[PlacedSource, ...] = ()
    """Of the registry as it will be."""
    sightings: Mapping[PlacedSource, Sighting] = field(default_factory=dict)
    """Of the sources of touched entries that somebody could look at."""
    pins: Mapping[PlacedSource, Pin] = field(default_factory=dict)
    """For the sources of touched entries that are not pinned, as far as their hosts know."""

    @property
    def exit_code(self) -> ExitCode:
        """What the command ends in."""
        return exit_code_of(self.concerns)
