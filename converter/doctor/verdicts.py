"""What a check comes to. Pure."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Ok:
    """It is set."""

    text: str


@dataclass(frozen=True)
class Missing:
    """It is not set, or not to what it must be."""

    text: str
    where: str
    """The page to set it on, or what to run."""


@dataclass(frozen=True)
class NotKnown:
    """Nobody who asks like this is told."""

    text: str
    where: str
    """The page that shows it, or what to run."""


@dataclass(frozen=True)
class NoAnswer:
    """A host does not answer: trying again later may help."""

    text: str


Verdict: TypeAlias = Ok | Missing | NotKnown | NoAnswer


@dataclass(frozen=True)
class Check:
    """A setting and how it is."""

    title: str
    verdict: Verdict
