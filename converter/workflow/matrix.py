"""A plan as the matrix of a GitHub job."""

from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from converter.canonical import JsonObject
from converter.errors import ConverterError
from converter.plan import Convert, Plan
from converter.registry import MOST_MINUTES, ReleaseEntry
from converter.review import MINUTES_LIMIT

MAX_JOBS = 256
"""GitHub's limit: https://docs.github.com/en/actions/reference/limits"""
_ANY_RUNNER = "gpu"
"""The label of runners for entries that name none."""


class TooManyRunnersError(ConverterError):
    """The entries name more runners than a matrix has jobs."""


def as_matrix(plan: Plan, max_jobs: int = MAX_JOBS) -> JsonObject:
    """What `strategy.matrix` takes: a job for each entry to convert, or for several when they are more than the limit.

    `name` is the job's title and `names` what it converts, separated by spaces; names have none. `runs_on` is for
    `runs-on`, `minutes` for `timeout-minutes`: the sum of what its entries may take. Every name is in exactly one job,
    entries of different runners are in different ones, neighbours of the same runner stay together, and two jobs of a
    runner differ by at most one name. Without work `include` is empty, which GitHub refuses: the job needs an `if`.

    Raises:
        ValueError: `max_jobs` is less than one.
        TooManyRunnersError: there are more runners than jobs.
    """
    if max_jobs < 1:
        raise ValueError(f"found max_jobs {max_jobs}, expected at least 1")
    groups: dict[str, list[Convert]] = {}
    for convert in plan.converts:
        groups.setdefault(_label(convert), []).append(convert)
    if len(groups) > max_jobs:
        raise TooManyRunnersError(
            f"the entries to convert name {len(groups)} runners, a matrix has at most {max_jobs} jobs: give several "
            "entries the same `runner`, or name fewer entries"
        )
    shares = _shares([len(group) for group in groups.values()], max_jobs)
    parts = [
        _job(label, part)
        for (label, group), jobs in zip(groups.items(), shares, strict=True)
        for part in _split(group, jobs)
    ]
    return {"include": parts}


def _shares(sizes: Sequence[int], max_jobs: int) -> list[int]:
    """How many jobs each group has: one at least, and each further one where most entries share a job."""
    shares = [1] * len(sizes)
    for _ in range(min(sum(sizes), max_jobs) - len(sizes)):
        fullest = max(range(len(sizes)), key=lambda index: sizes[index] / shares[index])
        shares[fullest] += 1
    return shares


def _split(group: Sequence[Convert], jobs: int) -> Iterator[Sequence[Convert]]:
    smallest, larger = divmod(len(group), jobs)
    ends = accumulate((smallest + (job < larger) for job in range(jobs)), initial=0)
    return (group[begin:end] for begin, end in pairwise(ends))


def _label(convert: Convert) -> str:
    entry = convert.entry
    return (entry.runner if isinstance(entry, ReleaseEntry) else None) or _ANY_RUNNER


def _minutes(convert: Convert) -> int:
    limits = convert.entry.limits if isinstance(convert.entry, ReleaseEntry) else None
    return (limits.minutes if limits else None) or MINUTES_LIMIT


def _job(label: str, part: Sequence[Convert]) -> JsonObject:
    names = [convert.name for convert in part]
    return {
        "name": names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more",
        "names": " ".join(names),
        "runs_on": ["self-hosted", label],
        "minutes": min(sum(map(_minutes, part)), MOST_MINUTES),
    }
