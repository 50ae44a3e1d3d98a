"""How long each stage of a piece of work takes: a report that hears what is being done, and notes when."""

import time
from collections.abc import Callable, Mapping

from converter.progress import Progress, Report


class Stopwatch:
    """A `Report` that hands on what it hears; a stage lasts until the next one begins.

    What is done at once in several threads is counted for the stage that was reported last.
    """

    def __init__(self, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._task: str | None = None
        self._since_s = clock()
        self._seconds: dict[str, float] = {}

    def __call__(self, progress: Progress) -> None:
        if progress.task != self._task:
            self._turn(progress.task)
        self._report(progress)

    def stages(self) -> Mapping[str, float]:
        """Seconds of each stage so far, in the order of their beginnings; `starting` is what came before the first."""
        self._turn(self._task)
        return {task: seconds for task, seconds in self._seconds.items() if seconds > 0}

    def _turn(self, task: str | None) -> None:
        now = self._clock()
        before = self._task or "starting"
        self._seconds[before] = self._seconds.get(before, 0.0) + now - self._since_s
        self._task, self._since_s = task, now
