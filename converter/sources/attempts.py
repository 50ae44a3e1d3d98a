"""When a request that failed is made again, and when it is given up."""

from collections.abc import Callable
from typing import TypeVar

from converter.sources.errors import SourceUnreachable, TryAgain
from converter.sources.policy import Downloads

_LONGEST_BACKOFF_S = 60.0
_Result = TypeVar("_Result")


def persistent(attempt: Callable[[], _Result], shown: str, downloads: Downloads) -> _Result:
    """What `attempt` gives, tried as often as the policy allows.

    Raises:
        SourceUnreachable: it raised `TryAgain` each time; what else it raises is passed on.
    """
    failures = 0
    while True:
        try:
            return attempt()
        except TryAgain as again:
            failures += 1
            pause(again, failures, shown, downloads)


def pause(again: TryAgain, failures: int, shown: str, downloads: Downloads) -> None:
    """Wait before the next attempt, as long as the server asks or longer each time.

    Raises:
        SourceUnreachable: these were enough failures in a row, or the server asks to wait too long.
    """
    policy = downloads.policy
    if failures >= policy.attempts:
        raise SourceUnreachable(f"{shown}: {again}, {failures} times; try again later") from again
    seconds = min(2.0 ** (failures - 1), _LONGEST_BACKOFF_S) if again.wait_s is None else again.wait_s
    if seconds > policy.longest_wait_s:
        raise SourceUnreachable(f"{shown}: {again} and asks to wait {seconds:,.0f} s; try again then") from again
    downloads.sleep(seconds)
