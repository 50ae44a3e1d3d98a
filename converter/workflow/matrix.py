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
MAX_NAMES = 8
"""Of one job, which publishes once everything is converted: so much may be lost with its runner and lies on its disk
(70 GB in Stable Diffusion 1.5's float32), and eight times the usual minutes are less than GitHub's limit of a job."""
_ANY_RUNNER = "gpu"
"""The label of runners for entries that name none."""


class TooManyRunnersError(ConverterError):
    """The entries name more runners than a matrix has jobs."""


def as_matrix(plan: Plan, max_jobs: int = MAX_JOBS, max_names: int = MAX_NAMES) -> JsonObject:
    """What `strategy.matrix` takes: a job for each entry to convert, or for several when they are more than the limit.

    What is more than `max_names` in each job is left to the next run, whose plan has it again.

    `name` is the job's title and `names` what it converts, separated by spaces; names have none. `runs_on` is for
    `runs-on`, `minutes` for `timeout-minutes`: the sum of what its entries may take. No name is in two jobs,
    entries of different runners are in different ones, neighbours of the same runner stay together, and two jobs of a
    runner differ by at most one name. Without work `include` is empty, which GitHub refuses: the job needs an `if`.

    Raises:
        ValueError: `max_jobs` or `max_names` is less than one.
        TooManyRunnersError: there are more runners than jobs.
    """
    return {"include": [_job(label, part) for label, part in _parts(plan, max_jobs, max_names)]}


def waiting(plan: Plan, max_jobs: int = MAX_JOBS, max_names: int = MAX_NAMES) -> int:
    """How many entries of a plan `as_matrix` leaves to the next run; raises what that does."""
    return len(plan.converts) - sum(len(part) for _, part in _parts(plan, max_jobs, max_names))


def _parts(plan: Plan, max_jobs: int, max_names: int) -> list[tuple[str, Sequence[Convert]]]:
    """Label and entries of each job."""
    if min(max_jobs, max_names) < 1:
        raise ValueError(f"found max_jobs {max_jobs} and max_names {max_names}, expected at least 1")
    groups: dict[str, list[Convert]] = {}
    for convert in plan.converts:
        groups.setdefault(_label(convert), []).append(convert)
    if len(groups) > max_jobs:
        raise TooManyRunnersError(
            f"the entries to convert name {len(groups)} runners, a matrix has at most {max_jobs} jobs: give several "
            "entries the same `runner`, or name fewer entries"
        )
    shares = _shares([len(group) for group in groups.values()], max_jobs)
    return [
        (label, part[:max_names])
        for (label, group), jobs in zip(groups.items(), shares, strict=True)
        for part in _split(group, jobs)
    ]


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
