"""What a plan says is to be done with an entry or a release, one type for each. Pure."""

from dataclasses import dataclass
from typing import TypeAlias

from converter.registry import Entry, Location


@dataclass(frozen=True)
class Exactly:
    """How much a release will send: it is converted, and compared file by file with what the hub has."""

    size_bytes: int


@dataclass(frozen=True)
class AtMost:
    """How much a release that is not converted yet can send, by what the hub has of releases like it."""

    size_bytes: int
    if_unchanged: bool
    """It holds only if every source still is what it was: one of them is not pinned."""


@dataclass(frozen=True)
class NotKnown:
    """Nothing on the hub says how much a release will send before it is converted."""


Upload: TypeAlias = Exactly | AtMost | NotKnown
"""Bytes of the contents of files that a hub does not have."""


@dataclass(frozen=True)
class Convert:
    """Make release `version` of an entry."""

    name: str
    version: int
    entry: Entry
    reason: str
    """`new`, `changed: precision fp32 -> fp16`, `recipe 3 -> 4` or `forced`."""
    upload: Upload | None = None
    """`None` where nobody looked, and for a hub that is a folder, to which nothing is sent."""


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
