"""What goes wrong, and when: faults that a test arms and the server inflicts."""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.support.loopback_hub.log import LoggedRequest


@dataclass(frozen=True)
class Answer:
    """Answer with an error instead of what is true."""

    status: int
    message: str = "injected fault"
    code: str = ""
    """`X-Error-Code`, for the errors that the client tells apart by it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """For example `{"Retry-After": "1"}` or `{"RateLimit": '"api";r=0;t=1'}`."""


@dataclass(frozen=True)
class Drop:
    """Close the connection: after so many bytes (to the next 64 KiB) of the request's body, or of the answer's."""

    after_bytes: int = 0


@dataclass(frozen=True)
class Hold:
    """Keep the request waiting until `release` is set, then go on as if nothing had been, or drop it.

    For killing a client at a known place: wait for `reached`, kill it, release. What is then left of a request that was
    not dropped is applied, as a Hub would.
    """

    reached: threading.Event = field(default_factory=threading.Event)
    """Set when the request has arrived (or, with `after`, was applied)."""
    release: threading.Event = field(default_factory=threading.Event)
    drop: bool = False
    """Close the connection at the end instead of answering; without `after`, the request is not applied."""


Effect = Answer | Drop | Hold


@dataclass(frozen=True)
class On:
    """Which requests a fault meets: the `nth` that matches since it was armed, and `times` in all."""

    method: str = ""
    """Empty for any."""
    path: str = ""
    """Pattern searched in the raw path with its query; empty for any."""
    nth: int = 1
    times: int = 1
    after: bool = False
    """Inflict it after the request was applied, not before."""

    def matches(self, request: LoggedRequest) -> bool:
        """Whether it is about such a request, whatever its number."""
        return self.method in ("", request.method) and re.search(self.path, request.path) is not None


@dataclass
class _Armed:
    effect: Effect
    on: On
    seen: int = 0

    @property
    def is_spent(self) -> bool:
        return self.seen >= self.on.nth + self.on.times - 1


class Faults:
    """The armed faults of one server; the first that is due meets the request."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._holds: list[Hold] = []

    def arm(self, effect: Effect, on: On | None = None) -> None:
        """Make it happen: with no `on`, to the next request whatever it is."""
        with self._lock:
            self._armed.append(_Armed(effect, on or On()))
            if isinstance(effect, Hold):
                self._holds.append(effect)

    def clear(self) -> None:
        """Disarm all faults and let waiting requests go on."""
        with self._lock:
            self._armed.clear()
            for hold in self._holds:
                hold.release.set()
            self._holds.clear()

    @property
    def pending(self) -> int:
        """Faults that have not met all the requests they were armed for."""
        with self._lock:
            return sum(not a.is_spent for a in self._armed)

    def claim(self, request: LoggedRequest) -> tuple[Effect, bool] | None:
        """The effect that this request meets and whether it comes after; counts the request."""
        with self._lock:
            due = [a for a in self._armed if not a.is_spent and a.on.matches(request)]
            for armed in due:
                armed.seen += 1
            hit = next((a for a in due if a.seen >= a.on.nth), None)
        if hit is None:
            return None
        request.fault = f"{hit.effect!r} {'after' if hit.on.after else 'before'}"
        return hit.effect, hit.on.after
