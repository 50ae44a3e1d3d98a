"""What became of each entry of a run. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TypeAlias

from converter.errors import ExitCode
from converter.release import Manifest


@dataclass(frozen=True)
class Gathered:
    """Everything that an entry names is on this machine."""

    name: str
    tag: str
    size_bytes: int
    """Of what it names; most of it may have been there before."""
    seconds: float
    stages: Mapping[str, float] = field(default_factory=dict)
    """What took how many seconds."""


@dataclass(frozen=True)
class Made:
    """An entry was converted, or what would be made was there."""

    name: str
    tag: str
    folder: PurePath
    """Or the file, of a checkpoint."""
    size_bytes: int
    reused: bool
    """The folder was there already, from a run that ended before it was published."""
    seconds: float
    manifest: Manifest | None = None
    """Of a release folder."""
    stages: Mapping[str, float] = field(default_factory=dict)
    """What took how many seconds."""
    compared_before: Mapping[str, str] = field(default_factory=dict)
    """What of it, a component or `pipeline`, had been compared already, and for which release."""


@dataclass(frozen=True)
class Released:
    """A release is published."""

    name: str
    tag: str
    commit: str
    already: bool
    """It was there before, with the same content."""
    size_bytes: int
    seconds: float
    manifest: Manifest | None = None
    """`None` for what was published before this run began."""
    sent_bytes: int | None = None
    """Of the files that the hub did not have; `None` where nobody counted."""


@dataclass(frozen=True)
class Marked:
    """The releases of a name were marked on the hub; nothing else about them changed."""

    name: str
    mark: str
    """`yanked`, `unyanked`, `retired` or `unretired`."""
    tags: tuple[str, ...]
    """Of the releases."""
    reason: str


@dataclass(frozen=True)
class Failed:
    """One entry, or one folder, that did not make it; its siblings go on."""

    name: str
    error: str
    exit_code: ExitCode


Outcome: TypeAlias = Gathered | Made | Released | Marked | Failed

_GRAVEST_FIRST = (ExitCode.FAILED, ExitCode.USAGE, ExitCode.PERSON, ExitCode.UNREACHABLE)


def exit_code_of(outcomes: Iterable[Outcome]) -> ExitCode:
    """The exit code of a run: a failure counts more than a question for a person, that more than a lost connection."""
    codes = {outcome.exit_code for outcome in outcomes if isinstance(outcome, Failed)}
    return next((code for code in _GRAVEST_FIRST if code in codes), ExitCode.DONE)
