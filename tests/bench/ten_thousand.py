"""`validate`, `plan`, the matrix and `list` on a registry of ten thousand models and a hub that has them all.

    .venv/bin/python -m tests.bench.ten_thousand [--work FOLDER] [--entries 10000] [--rounds 3]

Each command is a process of its own. Beside its time at N entries stands that at N/2: a ratio of 2 is linear, and less
than that is what starting up takes. Figures of a file hub, whose tags and commits are read off the disk.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from dataclasses import replace
from pathlib import Path

from converter.recipe import RECIPE
from tests.bench import figures
from tests.bench.figures import Figure, Kind, at_most
from tests.bench.measure import environment
from tests.support.many_entries import registry_of, write_hub
from tests.support.usage import Usage, usage_of

LIMIT_S = 2.0
PROMISED_ENTRIES = 10_000
_COMMANDS = (
    (RECIPE, ("validate",)),
    (RECIPE, ("plan",)),
    (RECIPE, ("list",)),
    (RECIPE - 1, ("plan",)),
    (RECIPE - 1, ("plan", "--format", "matrix")),
    (RECIPE - 1, ("list", "--outdated")),
)
"""The recipe that everything was published with, so that nothing or all of it is to be converted; and the command."""


def main() -> None:
    """Print the table; exit code 1 if a command took more than `LIMIT_S` of processor time."""
    arguments = _arguments()
    count, rounds = arguments.entries, arguments.rounds
    print(f"{'command':<24}{'to do':>7}{'wall s':>8}{'cpu s':>8}{'MB':>6}{'cpu at N / at N/2':>19}   N = {count:,}")
    slow, found = 0, list[Figure]()
    for recipe, command in _COMMANDS:
        ours = _median(command, _made(arguments.work, count, recipe), rounds)
        less = _median(command, _made(arguments.work, count // 2, recipe), rounds)
        slow += ours.cpu_s > LIMIT_S
        found += _figures(command, recipe, count, ours, less)
        todo, ratio = 0 if recipe == RECIPE else count, ours.cpu_s / less.cpu_s
        said = f"{ours.wall_s:>8.2f}{ours.cpu_s:>8.2f}{ours.resident_bytes / 1e6:>6.0f}{ratio:>19.2f}"
        print(f"{' '.join(command):<24}{todo:>7}{said}", flush=True)
    print(f"{len(_COMMANDS) - slow} of {len(_COMMANDS)} took at most {LIMIT_S} s of processor time")
    figures.write(found if count >= PROMISED_ENTRIES else figures.without_bounds(found), arguments.figures)
    sys.exit(min(slow, 1))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--work", type=Path, default=Path("build/ten-thousand"))
    parser.add_argument("--entries", type=int, default=PROMISED_ENTRIES)
    parser.add_argument("--rounds", type=int, default=3)
    figures.add_option(parser)
    return parser.parse_args()


def _figures(command: tuple[str, ...], recipe: int, count: int, ours: Usage, less: Usage) -> tuple[Figure, Figure]:
    name = f"`{' '.join(command)}` of {count:,} entries, {'nothing' if recipe == RECIPE else 'all'} to do"
    half = f"{count // 2:,} entries"
    time = Figure(f"{name}: processor time", Kind.TIME, ours.cpu_s, half, less.cpu_s, bound=at_most(LIMIT_S))
    return time, Figure(f"{name}: peak resident memory", Kind.MEMORY, ours.resident_bytes, half, less.resident_bytes)


def _made(work: Path, count: int, recipe: int) -> Path:
    """The folder of a zoo of `count` models, each published with a recipe."""
    place = work / f"{count}-recipe-{recipe}"
    if not (place / "hub" / "main" / "index.json").exists():
        data = registry_of(count)
        (place / "registry").mkdir(parents=True, exist_ok=True)
        (place / "registry" / "extras.json").write_bytes(data)
        write_hub(place / "hub", data, recipe=recipe)
    return place


def _median(command: tuple[str, ...], place: Path, rounds: int) -> Usage:
    _run(command, place)  # compiles sources and fills the page cache
    taken = [_run(command, place) for _ in range(rounds)]
    return replace(
        taken[0],
        wall_s=statistics.median(usage.wall_s for usage in taken),
        cpu_s=statistics.median(usage.cpu_s for usage in taken),
        resident_bytes=max(usage.resident_bytes for usage in taken),
    )


def _run(command: tuple[str, ...], place: Path) -> Usage:
    usage = usage_of([sys.executable, "-m", "converter", *command], cwd=place, env=environment())
    if usage.code:
        sys.exit(f"{' '.join(command)} failed with {usage.code}:\n{usage.output}")
    return usage


if __name__ == "__main__":
    main()
