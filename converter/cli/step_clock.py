"""How long the steps of an image take, and the most memory that this process has had."""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

from converter.progress import Progress, Report


class StepClock:
    """A `Report` that hands on what it hears, and notes the time between one step and the next of the same image."""

    def __init__(self, report: Report, clock: Callable[[], float] = time.monotonic) -> None:
        self._report = report
        self._clock = clock
        self._last = Progress("", 0, 0, "")
        self._since_s = 0.0
        self._steps = 0
        self._seconds = 0.0

    def __call__(self, progress: Progress) -> None:
        now = self._clock()
        if progress.task == self._last.task and progress.unit == "steps":
            self._steps += progress.done - self._last.done
            self._seconds += now - self._since_s
        self._last, self._since_s = progress, now
        self._report(progress)

    @property
    def seconds_per_step(self) -> float:
        """Over all images; 0 before the first step."""
        return self._seconds / self._steps if self._steps else 0.0


def peak_bytes() -> int:
    """The most memory that this process has had resident, mapped files included."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except FileNotFoundError:  # no Linux
        return _most_since_the_parent()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _most_since_the_parent() -> int:
    """The same where only `getrusage` says it, whose count begins with what the process that started this one had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
