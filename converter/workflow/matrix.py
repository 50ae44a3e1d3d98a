"""A plan as the matrix of a GitHub job."""

from itertools import accumulate, pairwise

from converter.canonical import JsonObject
from converter.plan import Plan

MAX_JOBS = 256
"""GitHub's limit: https://docs.github.com/en/actions/reference/limits"""


def as_matrix(plan: Plan, max_jobs: int = MAX_JOBS) -> JsonObject:
    """What `strategy.matrix` takes: a job for each entry to convert, or for several when they are more than the limit.

    `name` is the job's title and `names` what it converts, separated by spaces; names have none. Every name is in
    exactly one job, neighbours stay together, and two jobs differ by at most one name. Without work `include` is empty,
    which GitHub refuses: the job needs an `if`.

    Raises:
        ValueError: `max_jobs` is less than one.
    """
    if max_jobs < 1:
        raise ValueError(f"found max_jobs {max_jobs}, expected at least 1")
    names = [convert.name for convert in plan.converts]
    jobs = min(len(names), max_jobs)
    smallest, larger = divmod(len(names), jobs) if jobs else (0, 0)
    ends = accumulate((smallest + (job < larger) for job in range(jobs)), initial=0)
    return {"include": [_job(names[begin:end]) for begin, end in pairwise(ends)]}


def _job(names: list[str]) -> JsonObject:
    title = names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
    return {"name": title, "names": " ".join(names)}
