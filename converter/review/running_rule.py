"""What new and changed entries say about the machine that converts them."""

from collections.abc import Iterator

from converter.registry import Entry, RunLimits
from converter.review.changed_entries import ChangedEntries, limits_of, runner_of
from converter.review.concerns import Concern, Weight, concern
from converter.review.limits import DISK_LIMIT_GB, MINUTES_LIMIT

_DECIDES = "a maintainer decides"


def running_concerns(file: str, changes: ChangedEntries) -> Iterator[Concern]:
    """Another runner, or a limit above that of every entry, asks for a person: both are somebody's machine."""
    for before, after in changes.before_and_after:
        yield from _runner(file, before, after)
        yield from _limits(file, before, after)


def disk_concern(file: str, entry: Entry, disk_bytes: int) -> Iterator[Concern]:
    """Whether the download and the release of an entry are more than they may take."""
    own = limits_of(entry).disk_gb
    limit_gb = own or DISK_LIMIT_GB
    if disk_bytes > limit_gb * 1e9:
        says = "as its `limits` say" if own else "unless its `limits` say otherwise"
        message = (
            f"download and release take about {disk_bytes / 1e9:.1f} GB of disk, at most {limit_gb:g} GB are allowed "
            f'{says}; write "limits": {{"disk_gb": {_next_gb(disk_bytes)}}}'
        )
        yield concern(Weight.FAILURE, "Not enough disk allowed", file, entry.location, message)


def _runner(file: str, before: Entry | None, after: Entry) -> Iterator[Concern]:
    old, new = runner_of(before) if before else None, runner_of(after)
    if old != new:
        # Any label that some machine has would do, also one that is not meant for strangers' models.
        message = f"it is to run on {_shown(new)}, so far on {_shown(old)}; {_DECIDES}"
        yield concern(Weight.PERSON, "Runner changed", file, after.location, message)


def _limits(file: str, before: Entry | None, after: Entry) -> Iterator[Concern]:
    old, new = limits_of(before) if before else RunLimits(), limits_of(after)
    wanted = (
        ("disk_gb", old.disk_gb, new.disk_gb, DISK_LIMIT_GB),
        ("minutes", old.minutes, new.minutes, MINUTES_LIMIT),
    )
    for key, accepted, value, most in wanted:
        if value is not None and value > most and value != accepted:
            message = f"`limits.{key}` is {value:g}, at most {most} are taken without asking; {_DECIDES}"
            yield concern(Weight.PERSON, "Limit raised", file, after.location, message)


def _shown(label: str | None) -> str:
    return "any runner with a GPU" if label is None else f"runners with the label '{label}'"


def _next_gb(size_bytes: int) -> int:
    """With a tenth to spare, since it is an estimate."""
    return -(-size_bytes * 11 // 10**10)
