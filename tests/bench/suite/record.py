"""A run of the suite as it is committed, and what the one before it found."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from converter.files import write_atomically
from tests.bench.figures import Figure
from tests.bench.levels.machine import Machine
from tests.bench.suite.benchmarks import Size
from tests.bench.suite.cells import miss
from tests.bench.suite.results import Result, parsed_result


@dataclass(frozen=True)
class Earlier:
    """What the previous recorded run found in one benchmark."""

    measured_at: str
    commit: str
    machine: str
    """Its processor and cores; figures of two machines say little about the code."""
    values: Mapping[str, float]
    """By `key` of a figure."""


@dataclass(frozen=True)
class Record:
    """One run."""

    size: Size
    command: str
    machine: Machine
    disk: str
    """Of the work folder."""
    results: tuple[Result, ...]
    failed: Mapping[str, str]
    """Benchmark to the first line of what it said."""
    left_out: tuple[str, ...]
    """Benchmarks that were not asked for."""
    earlier: Mapping[str, Earlier]
    """By benchmark; what was not measured then, or now, is not here."""

    @property
    def missed(self) -> tuple[str, ...]:
        """What was promised and not found, in words."""
        return tuple(
            f"{result.benchmark}: {key(figure)}: {miss(figure)}"
            for result in self.results
            for figure in result.figures
            if figure.held is False
        )


def key(figure: Figure) -> str:
    """What names a figure within its benchmark: its own name, and what it is compared with."""
    return f"{figure.name}, beside {figure.against}" if figure.against else figure.name


def said_of(machine: Machine) -> str:
    """Processor and cores."""
    return f"{machine.processor}, {machine.cores} cores"


def earlier_of(previous: Record | None, size: Size, results: tuple[Result, ...]) -> dict[str, Earlier]:
    """What a recorded run of the same size found in the benchmarks that have results now.

    Where the record holds this very result, because its page was written before, it is what the record was compared
    with: a run is never its own past.
    """
    if previous is None or previous.size != size:
        return {}
    found, before = dict[str, Earlier](), {result.benchmark: result for result in previous.results}
    for name, result in ((each.benchmark, each) for each in results if each.benchmark in before):
        if before[name] == result:
            found |= {name: previous.earlier[name]} if name in previous.earlier else {}
        else:
            found[name] = _as_earlier(before[name], previous.machine)
    return found


def _as_earlier(result: Result, machine: Machine) -> Earlier:
    values = {key(figure): figure.ours for figure in result.figures}
    return Earlier(result.measured_at, result.code.commit, said_of(machine), values)


def save(record: Record, path: Path) -> None:
    """Write it as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(asdict(record), indent=1) + "\n").encode())


def load(path: Path) -> Record | None:
    """The inverse of `save`; `None` when there is none.

    Raises:
        ValueError: it is no record of this version.
    """
    if not path.exists():
        return None
    try:
        return _parsed(json.loads(path.read_bytes()))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"{path}: found no record of a run in the form of this version ({error}); delete it, or check out the one "
            "that belongs to this commit"
        ) from error


def _parsed(raw: Mapping[str, Any]) -> Record:
    fields = {
        "size": Size(raw["size"]),
        "machine": Machine(**raw["machine"]),
        "results": tuple(map(parsed_result, raw["results"])),
        "left_out": tuple(raw["left_out"]),
        "earlier": {name: Earlier(**each) for name, each in raw["earlier"].items()},
    }
    return Record(**{**raw, **fields})
