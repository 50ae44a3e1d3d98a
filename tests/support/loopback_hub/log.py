"""What was asked of the server, in order of arrival."""

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass
class LoggedRequest:
    """One request; filled in while it is served, so it is mutable."""

    number: int
    """Place in the log, from 1."""
    method: str
    path: str
    """As sent: percent-encoded, with its query."""
    authorization: str = ""
    """The header of that name."""
    status: int | None = None
    """None while it is served, or when the connection was dropped without an answer."""
    received_bytes: int = 0
    """Bytes of the request's body."""
    sent_bytes: int = 0
    """Bytes of the answer's body."""
    fault: str = ""
    """What was made to go wrong, if anything."""


class RequestLog:
    """The requests of a server's life, or since `clear`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: list[LoggedRequest] = []

    def open(self, method: str, path: str) -> LoggedRequest:
        """Add a request that has just arrived."""
        with self._lock:
            request = LoggedRequest(len(self._requests) + 1, method, path)
            self._requests.append(request)
        return request

    def clear(self) -> None:
        """Forget everything; numbers start at 1 again."""
        with self._lock:
            self._requests.clear()

    def __iter__(self) -> Iterator[LoggedRequest]:
        with self._lock:
            return iter(tuple(self._requests))

    def __len__(self) -> int:
        with self._lock:
            return len(self._requests)

    def select(self, method: str = "", path: str = "") -> list[LoggedRequest]:
        """Requests whose method is `method` (any if empty) and whose path has a match of the pattern `path`."""
        return [r for r in self if method in ("", r.method) and re.search(path, r.path)]

    @property
    def received_bytes(self) -> int:
        """Bytes of all requests' bodies."""
        return sum(r.received_bytes for r in self)

    @property
    def sent_bytes(self) -> int:
        """Bytes of all answers' bodies."""
        return sum(r.sent_bytes for r in self)
