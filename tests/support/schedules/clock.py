"""Simulated time: tasks are threads of which one runs at a time, and which changes only where one of them waits."""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable


def closed_gate() -> threading.Lock:
    """Whoever acquires it waits until another thread releases it; a semaphore takes several times as long."""
    gate = threading.Lock()
    gate.acquire()
    return gate


class Task:
    """Something that is done beside other things; mutable: it goes on."""

    def __init__(self, clock: Clock, work: Callable[[], None]) -> None:
        self.done = False
        self.error: BaseException | None = None
        self._go = closed_gate()
        self._clock, self._work = clock, work
        threading.Thread(target=self._run, daemon=True).start()

    def resume(self) -> None:
        """Let it go on until it waits or ends."""
        self._go.release()
        self._clock.handed_back.acquire()

    def yield_to_others(self) -> None:
        self._clock.handed_back.release()
        self._go.acquire()

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001  # the clock raises it again, in the thread of the test
            self.error = error
        self.done = True
        self._clock.handed_back.release()


class Clock:
    """Runs tasks in the order of their times; those of the same moment in the order in which they came to wait."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.handed_back = closed_gate()
        self._waiting: list[tuple[float, int, Task]] = []
        self._count = 0
        self._current: Task | None = None

    def start(self, work: Callable[[], None]) -> Task:
        """A task that begins now."""
        task = Task(self, work)
        self._push(self.now_s, task)
        return task

    def sleep(self, seconds: float) -> None:
        """Let time pass for the task that calls this."""
        task = self._current
        if task is None:
            return
        self._push(self.now_s + seconds, task)
        task.yield_to_others()

    def run(self) -> None:
        """Until no task is left; an error that ends a task ends this."""
        while self._waiting:
            self.now_s, _, task = heapq.heappop(self._waiting)
            self._current = task
            task.resume()
            if task.error is not None:
                raise task.error
        self._current = None

    def _push(self, at_s: float, task: Task) -> None:
        self._count += 1
        heapq.heappush(self._waiting, (at_s, self._count, task))
