"""Asking again what failed in a way that may pass."""

from collections.abc import Callable
from typing import TypeVar

from converter.github.access import GitHubAccess
from converter.github.answers import Asked, TryAgain, unreachable

_Found = TypeVar("_Found")
_LONGEST_BACKOFF_S = 30.0


def patiently(
    once: Callable[[], _Found | TryAgain], asked: Asked, access: GitHubAccess, *, is_repeatable: bool = True
) -> _Found:
    """What a request gives in the end.

    Args:
        once: makes the request.
        asked: what it is, for messages.
        access: how often, and how long to wait.
        is_repeatable: whether twice is the same as once; if not, what may have been done is not asked for again.

    Raises:
        GitHubUnreachable: it failed too often, or the wait would be too long; and what `once` raises.
    """
    failures = 0
    while isinstance(found := once(), TryAgain):
        failures += 1
        if found.may_be_done and not is_repeatable:
            raise unreachable(f"{found.reason}, and whether it was done is not known: the next run finds out", asked)
        access.sleep(_wait_s(found, failures, asked, access))
    return found


def _wait_s(again: TryAgain, failures: int, asked: Asked, access: GitHubAccess) -> float:
    if failures >= access.attempts:
        raise unreachable(f"{again.reason}, {failures} times", asked)
    wait_s = min(2.0 ** (failures - 1), _LONGEST_BACKOFF_S) if again.wait_s is None else again.wait_s
    if wait_s > access.longest_wait_s:
        raise unreachable(f"{again.reason} ({wait_s:,.0f} s)", asked)
    return wait_s
