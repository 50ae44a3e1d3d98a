"""Something that is wrong inside a value, before anybody knows on which line the value stands."""

from dataclasses import dataclass
from enum import Enum, auto

from converter.registry.findings import Path


class About(Enum):
    """What a complaint is about."""

    VALUE = auto()
    """What stands at the path."""
    KEY = auto()
    """The key that the path ends in."""
    ABSENCE = auto()
    """Something that the object at the path lacks."""


@dataclass(frozen=True)
class Complaint:
    """One thing that is wrong."""

    path: Path
    """From the value that was looked at."""
    message: str
    about: About = About.VALUE
