"""What takes chunks of bytes in a thread of its own, in order: a file, a digest."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from types import TracebackType

_MOST_WAITING = 4
"""Chunks that wait to be taken; a short queue bounds the memory."""


class Sink:
    """Calls `take` with each chunk that is put. Leaving the context waits until all of them are taken.

    What `take` raises comes out of the next `put`, or of the context; no chunk is taken after that.
    """

    def __init__(self, take: Callable[[memoryview], object]) -> None:
        self._take = take
        self._error: BaseException | None = None
        self._queue: queue.Queue[memoryview | None] = queue.Queue(maxsize=_MOST_WAITING)
        self._thread = threading.Thread(target=self._run, name="sink", daemon=True)

    def __enter__(self) -> Sink:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._queue.put(None)
        self._thread.join()
        if kind is None:
            self._complain()

    def put(self, chunk: memoryview) -> None:
        """Hand on a chunk, which must not change any more; waits while four others do.

        Raises:
            BaseException: what `take` raised at an earlier one.
        """
        self._complain()
        self._queue.put(chunk)

    def _complain(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (chunk := self._queue.get()) is not None:
            if self._error is not None:
                continue  # whoever puts must not wait for ever
            try:
                self._take(chunk)
            except BaseException as error:  # noqa: BLE001  # raised again in the thread that puts
                self._error = error
