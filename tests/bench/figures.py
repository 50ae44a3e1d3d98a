"""What a benchmark found, in one form for all of them: figures, what they are compared with, what was promised."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from converter.files import write_atomically

CP = "`cp`"
OPTIMUM = "optimum-onnx 0.1.0"


class Kind(StrEnum):
    """What a figure is of, which says its unit."""

    TIME = "time"
    """In seconds."""
    MEMORY = "memory"
    """In bytes."""
    SIZE = "size"
    """On a disk or a wire; in bytes."""
    COUNT = "count"
    ERROR = "error"
    """A difference of numbers; without a unit."""
    DECIBEL = "ratio to PyTorch"
    """In dB; the larger, the nearer."""


class Direction(StrEnum):
    """On which side of a limit a figure has to be."""

    AT_MOST = "at most"
    BELOW = "below"
    AT_LEAST = "at least"


@dataclass(frozen=True)
class Bound:
    """What is promised of a figure, or of its ratio to the reference."""

    direction: Direction
    limit: float
    of_ratio: bool = False

    def allows(self, value: float) -> bool:
        """Whether the value is on the right side; NaN never is."""
        match self.direction:
            case Direction.AT_MOST:
                return value <= self.limit
            case Direction.BELOW:
                return value < self.limit
            case Direction.AT_LEAST:
                return value >= self.limit


def at_most(limit: float) -> Bound:
    """The figure is no larger."""
    return Bound(Direction.AT_MOST, limit)


def ratio_at_most(limit: float) -> Bound:
    """The figure is at most so many times the reference."""
    return Bound(Direction.AT_MOST, limit, of_ratio=True)


@dataclass(frozen=True)
class Figure:
    """One number, and what it stands beside."""

    name: str
    kind: Kind
    ours: float
    against: str = ""
    """What the reference is: `CP`, `OPTIMUM`, or words; empty where there is none."""
    reference: float | None = None
    paired_ratio: float | None = None
    """The median of the ratios within rounds, where both took turns; what slowed a round slowed both."""
    bound: Bound | None = None
    how: str = ""
    """How it was measured, where the name does not say it: `median of 5`."""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the reference; `None` where there is none, or it is 0."""
        if self.paired_ratio is not None:
            return self.paired_ratio
        return self.ours / self.reference if self.reference else None

    @property
    def held(self) -> bool | None:
        """Whether what was promised was found; `None` where nothing is promised.

        Raises:
            ValueError: a ratio was promised and there is none.
        """
        if self.bound is None:
            return None
        value = self.ratio if self.bound.of_ratio else self.ours
        if value is None:
            raise ValueError(f"found no ratio of {self.name!r}, expected one that is {self.bound.direction} a limit")
        return self.bound.allows(value)


def without_bounds(figures: Iterable[Figure]) -> tuple[Figure, ...]:
    """Of a small model: what is promised is promised at real size."""
    return tuple(replace(figure, bound=None) for figure in figures)


def add_option(parser: argparse.ArgumentParser) -> None:
    """The option of every benchmark that `write` serves."""
    parser.add_argument("--figures", type=Path, metavar="FILE", help="also write what was found as JSON")


def write(figures: Iterable[Figure], path: Path | None) -> None:
    """Write figures as JSON, whole or not at all; without a path do nothing."""
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, (json.dumps([asdict(figure) for figure in figures], indent=1) + "\n").encode())


def read(path: Path) -> tuple[Figure, ...]:
    """The inverse of `write`.

    Raises:
        ValueError: it is no such file.
    """
    return tuple(map(parsed, json.loads(path.read_bytes())))


def parsed(raw: Mapping[str, Any]) -> Figure:
    """A figure from its JSON.

    Raises:
        ValueError: it is none.
    """
    try:
        bound = raw["bound"] and Bound(**{**raw["bound"], "direction": Direction(raw["bound"]["direction"])})
        return Figure(**{**raw, "kind": Kind(raw["kind"]), "bound": bound})
    except (KeyError, TypeError) as error:
        raise ValueError(f"found {raw!r}, expected the fields of a figure") from error
