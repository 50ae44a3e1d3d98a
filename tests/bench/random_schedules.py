"""A change of the recipe that touches every entry, in random schedules: is a release lost, or one converted twice?

    .venv/bin/python -m tests.bench.random_schedules [--schedules 1000] [--seed 0] [--wide 2] [--entries N] [--jobs N]

A schedule is a zoo whose releases are all of an older recipe, some of them missing, and runs of `release.yml` until a
plan finds nothing to do: 256 jobs at most, or so few that they have several entries each; runners fail an entry, are
slow, vanish at any step, or work on after GitHub took them for gone; requests to the hub are not answered, before or
after they were carried out; failed jobs are run again. Plan, matrix, publication and index are the real ones. Exit code
1 if anything was lost, released twice or converted twice, if a schedule did not end, or if a job failed for nothing.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from tests.bench import figures
from tests.bench.figures import Figure, Kind, at_most
from tests.support.schedules import Settings, Verdict, simulate, workflow_file

_WIDE = (300, 300)


def main() -> None:
    """Print each schedule that went wrong, the counts and the verdict."""
    arguments = _arguments()
    started, verdicts = time.process_time(), []
    for verdict in _verdicts(arguments):
        verdicts.append(verdict)
        if not verdict.holds:
            print(f"seed {verdict.seed} went wrong: {verdict}", flush=True)
    _print_counts(verdicts)
    print(f"{time.process_time() - started:.0f} s of processor time")
    print(_verdict_line(verdicts))
    figures.write(_figures(verdicts), arguments.figures)
    sys.exit(int(not all(verdict.holds for verdict in verdicts)))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--schedules", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first one")
    parser.add_argument("--wide", type=int, default=2, help=f"so many of them have {_WIDE[0]} entries in 256 jobs")
    parser.add_argument("--entries", type=int, help="of every schedule, where it is not drawn")
    parser.add_argument("--jobs", type=int, help="the limit of the matrix of every schedule, where it is not drawn")
    figures.add_option(parser)
    return parser.parse_args()


def _verdicts(arguments: argparse.Namespace) -> Iterator[Verdict]:
    settings = Settings(workflow_file())
    if arguments.entries:
        settings = replace(settings, entries=(arguments.entries, arguments.entries))
    if arguments.jobs:
        settings = replace(settings, max_jobs=(arguments.jobs,))
    wide = Settings(workflow_file(), entries=_WIDE, max_jobs=(256,))
    for number in range(arguments.schedules):
        yield simulate(arguments.seed + number, wide if number < arguments.wide else settings)


def _print_counts(verdicts: Sequence[Verdict]) -> None:
    def total(field: str) -> int:
        return sum(getattr(verdict, field) for verdict in verdicts)

    became = sum((Counter(verdict.became) for verdict in verdicts), Counter[str]())
    print(
        f"{len(verdicts):,} schedules, {total('entries'):,} entries, {total('runs'):,} runs, {total('jobs'):,} jobs, "
        f"of which {total('vanished'):,} lost their runner or took too long"
    )
    print(f"{total('conversions'):,} conversions began, {total('conversions') / total('entries'):.2f} for each entry:")
    for what, count in became.most_common():
        print(f"  {count:>7,}  {what}")


def _figures(verdicts: Sequence[Verdict]) -> Iterator[Figure]:
    def none(name: str, count: int) -> Figure:
        return Figure(name, Kind.COUNT, count, bound=at_most(0))

    yield Figure("schedules", Kind.COUNT, len(verdicts))
    yield Figure("entries in them", Kind.COUNT, sum(verdict.entries for verdict in verdicts))
    for words, field in (
        ("releases lost", "lost"),
        ("released twice", "doubled"),
        ("converted twice", "repeated"),
        ("older releases changed", "changed"),
    ):
        yield none(words, sum(len(getattr(verdict, field)) for verdict in verdicts))
    yield none("failures for nothing", sum(verdict.false_alarms for verdict in verdicts))
    yield none("not done in the end", sum(not verdict.settled for verdict in verdicts))


def _verdict_line(verdicts: Sequence[Verdict]) -> str:
    def count(field: str) -> int:
        return sum(len(getattr(verdict, field)) for verdict in verdicts)

    return (
        f"releases lost: {count('lost')}; released twice: {count('doubled')}; converted twice: {count('repeated')}; "
        f"older releases changed: {count('changed')}; failures for nothing: "
        f"{sum(verdict.false_alarms for verdict in verdicts)}; not done in the end: "
        f"{sum(not verdict.settled for verdict in verdicts)}"
    )


if __name__ == "__main__":
    main()
