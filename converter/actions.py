"""What a plan says is to be done with an entry or a release, one type for each. Pure."""

from dataclasses import dataclass
from typing import TypeAlias

from converter.registry import Entry, Location


@dataclass(frozen=True)
class Convert:
    """Make release `version` of an entry."""

    name: str
    version: int
    entry: Entry
    reason: str
    """`new`, `changed: precision fp32 -> fp16`, `recipe 3 -> 4` or `forced`."""


@dataclass(frozen=True)
class Keep:
    """The newest release stays as it is."""

    name: str
    version: int
    reason: str = "unchanged"
    """That, `yanked: …` or `retired`."""


@dataclass(frozen=True)
class Refuse:
    """The entry cannot be converted; its siblings can, and the run fails all the same."""

    name: str
    reason: str
    location: Location


@dataclass(frozen=True)
class Withhold:
    """The entry is yanked and has no release: nothing is made of it."""

    name: str
    reason: str


@dataclass(frozen=True)
class Yank:
    """Mark every release of a name as one that nobody should take."""

    name: str
    versions: tuple[int, ...]
    """Those that are not marked, or with another reason."""
    reason: str
    """As the entry gives it."""


@dataclass(frozen=True)
class Unyank:
    """Take that mark off every release of a name."""

    name: str
    versions: tuple[int, ...]
    reason: str = "no longer yanked in the registry"


@dataclass(frozen=True)
class Retire:
    """Nothing asks for this release any more; it stays, since published is published."""

    name: str
    version: int
    """The newest one that is not yanked."""
    reason: str = "no longer in the registry"


@dataclass(frozen=True)
class Unretire:
    """A name that was retired is asked for again."""

    name: str
    version: int
    reason: str = "in the registry again"


Mark: TypeAlias = Yank | Unyank | Retire | Unretire
"""What changes no file of a release."""
Action: TypeAlias = Convert | Keep | Refuse | Withhold | Mark
