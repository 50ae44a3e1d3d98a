"""The next pieces of work are done while the last one's result is used, as far ahead as memory allows."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

_T = TypeVar("_T")

_MOST_WAITING = 32
"""Results that wait are not only bytes; more than this gains nothing."""


def made_ahead(calls: Iterable[Callable[[], _T]], size_bytes: Callable[[_T], int], budget_bytes: int) -> Generator[_T]:
    """The results of `calls`, in order; while one is used, the next calls run in a thread of their own.

    No call begins while results of `budget_bytes` or more are in memory, the one in use among them: there are never
    more than that and one result. What a call raises is raised where its result would have been; closing the iterator
    waits for the call that runs.

    Args:
        calls: each makes one result.
        size_bytes: what a result takes in memory.
        budget_bytes: the bound.
    """
    room = _Room(budget_bytes)

    def made(call: Callable[[], _T]) -> tuple[_T, int]:
        room.wait()
        result = call()
        size = size_bytes(result)
        room.take(size)
        return result, size

    left = iter(calls)
    waiting: deque[Future[tuple[_T, int]]] = deque()
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as worker:
        try:
            waiting.extend(worker.submit(made, call) for call in islice(left, _MOST_WAITING))
            while waiting:
                result, size = waiting.popleft().result()
                waiting.extend(worker.submit(made, call) for call in islice(left, 1))
                yield result
                del result
                room.take(-size)
        finally:
            for future in waiting:
                future.cancel()
            room.open()


class _Room:
    """The bytes that results take, and a wait until they are less than the bound."""

    def __init__(self, budget_bytes: int) -> None:
        self._left = budget_bytes
        self._changed = threading.Condition()

    def wait(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._left > 0)

    def take(self, size_bytes: int) -> None:
        with self._changed:
            self._left -= size_bytes
            self._changed.notify()

    def open(self) -> None:
        """Nobody has to wait any more."""
        self.take(-(1 << 62))


_LIMITED = threading.Lock()


@contextmanager
def core_left_free() -> Iterator[None]:
    """Have products of matrices use all cores but one, which reads, writes and hashes meanwhile.

    The threads of a BLAS wait for each other by spinning: with one more than there are free cores, a conversion with
    LoRAs took 40 % more processor time (measured on 2 cores). The limit is the process's: inside of one, in any thread,
    another changes nothing, and only the thread that set it can take it away (OpenBLAS 0.3.30).
    """
    if not _LIMITED.acquire(blocking=False):
        yield
        return
    import threadpoolctl

    try:
        with threadpoolctl.threadpool_limits(max(1, len(os.sched_getaffinity(0)) - 1), user_api="blas"):
            yield
    finally:
        _LIMITED.release()
