"""What a look at a source of a registry came to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from converter.errors import ConverterError, ExitCode
from converter.installed import NotInstalledError
from converter.registry import CommitPin, Pin, PlacedSource, Severity
from converter.sources import Look


@dataclass(frozen=True)
class Fits:
    """A source is there, and nothing about it would stop the conversion as far as headers tell."""

    placed: PlacedSource
    pin: Pin | None
    """What it is now, if its host says so."""


@dataclass(frozen=True)
class Misfit:
    """One thing that would stop the conversion, or that nobody knows here."""

    placed: PlacedSource
    message: str
    exit_code: ExitCode
    severity: Severity = Severity.ERROR


Seen: TypeAlias = Fits | Misfit


def misfit(placed: PlacedSource, error: ConverterError) -> Misfit:
    """What went wrong with a source.

    Where only a library is missing, nothing is known against the source: the machine that converts has the library.
    """
    severity = Severity.WARNING if isinstance(error, NotInstalledError) else Severity.ERROR
    return Misfit(placed, str(error), error.exit_code, severity)


def settled(placed: PlacedSource, found: Look, faults: Iterable[str] = ()) -> Iterator[Seen]:
    """A source that was looked at, with what is wrong with it, to which another digest than the entry's belongs."""
    wrong = list(faults)
    if placed.sha256 and found.sha256 and placed.sha256 != found.sha256:
        wrong.append(
            f"{found.uri}: the file has SHA-256 {found.sha256}, expected {placed.sha256}; it was changed or is "
            "another one: correct `sha256` after finding out why"
        )
    yield from (Misfit(placed, fault, ExitCode.FAILED) for fault in wrong)
    if not wrong:
        yield Fits(placed, CommitPin(found.commit) if found.commit else None)
