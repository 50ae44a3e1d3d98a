"""What a pull request brings, and what a review of it found."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from converter.errors import ExitCode
from converter.plan import Plan
from converter.pull_request.looks import Sighting
from converter.registry import Entry, Pin, PlacedSource
from converter.review import Concern, exit_code_of


@dataclass(frozen=True)
class Text:
    """What a registry file holds."""

    data: bytes
    """All of it, or so much that it is seen to be too large."""
    size_bytes: int
    """Of the whole file."""


@dataclass(frozen=True)
class NoText:
    """There is no registry file, or it is none that is read."""

    message: str
    """What was found, what was expected, and what to do."""


@dataclass(frozen=True)
class Proposal:
    """A pull request, as far as a review looks at it."""

    base: Text | NoText
    """The registry as it is."""
    head: Text | NoText
    """The registry as it will be."""
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
    empty_hub: str | None = None
    """The hub that the plan was made against, if nothing is published there."""
    changed_paths: tuple[str, ...] = ()
    """Of the proposal."""
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
