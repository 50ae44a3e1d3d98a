"""Pieces of work in several threads at once, of which one after the other is reported."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from converter.progress import Progress, Report

_T = TypeVar("_T")


def together(calls: Sequence[Callable[[Report], _T]], at_once: int, report: Report) -> list[_T]:
    """The results of `calls`, in order; `at_once` of them run at the same time.

    Each is given a report of its own. People hear of the first that is not done, so that what they see goes forward.
    When one fails, or this thread is interrupted, those that run stop at their next report, and no other begins.

    Args:
        calls: each makes one result, and reports from time to time.
        at_once: threads.
        report: called from all of them, one at a time.

    Raises:
        BaseException: what a call raised; where several failed at once, what one of them did.
    """
    turns = _Turns(report)
    with ThreadPoolExecutor(at_once, thread_name_prefix="together") as threads:
        running = [threads.submit(turns.run, index, call) for index, call in enumerate(calls)]
        try:
            failed = [each for each in wait(running, return_when=FIRST_EXCEPTION).done if each.exception()]
            return [each.result() for each in failed or running]
        finally:
            turns.stop()
            threads.shutdown(cancel_futures=True)


class _StoppedError(Exception):
    """Another piece of work failed, or all of it was interrupted."""


class _Turns:
    """Whose progress is told."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._latest: dict[int, Progress] = {}
        self._done: set[int] = set()
        self._turn = 0
        self._stopped = False

    def run(self, index: int, call: Callable[[Report], _T]) -> _T:
        """Make one result, heard when it is its turn."""
        result = call(lambda progress: self._hear(index, progress))
        with self._lock:
            self._done.add(index)
            self._next()
        return result

    def stop(self) -> None:
        """Let all that still runs end."""
        self._stopped = True

    def _hear(self, index: int, progress: Progress) -> None:
        if self._stopped:
            raise _StoppedError
        with self._lock:
            self._latest[index] = progress
            if index == self._turn:
                self._report(progress)

    def _next(self) -> None:
        while self._turn in self._done:
            self._turn += 1
            if self._turn in self._latest:
                self._report(self._latest[self._turn])
