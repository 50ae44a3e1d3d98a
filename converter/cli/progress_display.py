"""Progress for people: a bar when a terminal is there, a plain line a step when not. Always on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from converter.progress import Progress, Report

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import ProgressColumn, TaskID

_LINE_EVERY_S = 10.0


@contextmanager
def shown() -> Iterator[Report]:
    """A report whose progress a person sees while the context lasts."""
    if sys.stderr.isatty():
        with _bars() as bars:
            yield _BarReport(bars)
    else:
        yield _LineReport()


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    return RichProgress(
        TextColumn("{task.description}"),
        BarColumn(),
        _amount_column(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _amount_column() -> ProgressColumn:
    """How much is done and how fast: in bytes, or in whatever the work is counted in."""
    from rich.progress import DownloadColumn, ProgressColumn, Task, TransferSpeedColumn
    from rich.text import Text

    size, speed = DownloadColumn(), TransferSpeedColumn()

    class Amount(ProgressColumn):
        def render(self, task: Task) -> Text:
            unit = str(task.fields["unit"])
            if unit == "bytes":
                return Text.assemble(size.render(task), " ", speed.render(task))
            return Text(f"{task.completed:.0f}/{task.total or 0:.0f} {unit}" if unit else "")

    return Amount()


class _BarReport:
    """One bar at a time; it goes when its work is done."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._task: tuple[str, TaskID] | None = None

    def __call__(self, progress: Progress) -> None:
        if self._task is None or self._task[0] != progress.task:
            if self._task is not None:
                self._bars.remove_task(self._task[1])
            self._task = (progress.task, self._bars.add_task(progress.task, total=progress.total, unit=progress.unit))
        self._bars.update(self._task[1], completed=progress.done, total=progress.total)


class _LineReport:
    """A line when a step begins, one every ten seconds of a long one, and one at its end if that took long."""

    def __init__(self) -> None:
        self._task = ""
        self._last_s = 0.0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        begins = progress.task != self._task
        if begins or now - self._last_s >= _LINE_EVERY_S:
            self._task, self._last_s = progress.task, now
            print(f"  {progress.task}{'' if begins else _share(progress)}", file=sys.stderr, flush=True)  # noqa: T201


def _share(progress: Progress) -> str:
    return f" ({progress.done / progress.total:.0%})" if progress.total else ""
