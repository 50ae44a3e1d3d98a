"""Doing something again after the hub did not answer, or somebody else was first."""

import logging
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from converter.hub.errors import HubUnreachable

_log = logging.getLogger(__name__)
_ATTEMPTS = 5
"""Each starts with what the hub says now. Other runners and a faulty server need one or two more."""
_Result = TypeVar("_Result")

Pause: TypeAlias = Callable[[float], None]
"""How to wait for some seconds."""


def with_attempts(attempt: Callable[[], _Result], pause: Pause, what: str) -> _Result:
    """The result of `attempt`, which must read the hub's state first each time and leave out what is done.

    Raises:
        HubUnreachable: five times.
    """
    for number in range(1, _ATTEMPTS):
        try:
            return attempt()
        except HubUnreachable as error:
            _log.info("attempt %d of %d to %s: %s", number, _ATTEMPTS, what, error)
        pause(2.0 ** (number - 1))
    return attempt()
