"""Find out what the sources of a registry are now: a commit of the Hub, or the SHA-256 of a file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from converter.errors import ConverterError, ExitCode
from converter.progress import Report, silent
from converter.registry import (
    CivitaiSource,
    CommitPin,
    DigestPin,
    HttpsSource,
    HubFileSource,
    HubSource,
    LocalSource,
    Pin,
    PlacedSource,
)
from converter.sources import SourceError, commit_of
from converter.workshop import Workshop


@dataclass(frozen=True)
class Found:
    """What a source is now."""

    placed: PlacedSource
    pin: Pin


@dataclass(frozen=True)
class NotFound:
    """Nobody could say."""

    placed: PlacedSource
    message: str
    exit_code: ExitCode


PinOutcome: TypeAlias = Found | NotFound


def find_pins(sources: Iterable[PlacedSource], workshop: Workshop, *, report: Report = silent) -> Iterator[PinOutcome]:
    """What to pin each of `sources` to, except those that are pinned; one that fails does not stop the others.

    Files whose hosts give no digest are downloaded into the cache, where the conversion will find them.
    """
    for placed in sources:
        if placed.pinned:
            continue
        if placed.obstacle:
            yield NotFound(placed, placed.obstacle, ExitCode.FAILED)
            continue
        try:
            yield Found(placed, _pin(placed, workshop, report))
        except ConverterError as error:
            yield NotFound(placed, str(error), error.exit_code)


def _pin(placed: PlacedSource, workshop: Workshop, report: Report) -> Pin:
    match placed.source:
        case HubSource() | HubFileSource():
            return CommitPin(commit_of(placed.source, workshop.access))
        case CivitaiSource() | HttpsSource():
            digest = workshop.fetch(placed.source, report=report).sha256
            if digest is None:
                raise SourceError(f"{placed.source.display()}: its digest is not known; write `sha256` by hand")
            return DigestPin(digest)
        case LocalSource():
            raise SourceError(f"{placed.source.display()}: a path has no pin; write `sha256` by hand")
        case _:
            assert_never(placed.source)
