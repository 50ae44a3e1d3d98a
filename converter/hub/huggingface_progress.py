"""The client's progress bars, turned into reports."""

from types import TracebackType

from converter.progress import Progress, Report


def reporting_bar(task: str, report: Report) -> type:
    """A class that the client takes for a progress bar: it makes one for each file and calls it with bytes."""

    class ReportingBar:
        """As much of tqdm's interface as downloads over HTTP and Xet use."""

        def __init__(self, *, total: int | None = None, initial: int = 0, **_: object) -> None:
            self.n = initial
            self.total = total

        def update(self, n: float | None = 1) -> None:
            self.n += int(n or 0)
            report(Progress(task, self.n, self.total, "bytes"))

        def update_transfer(self, n: float) -> None:
            """Bytes on the wire, of which Xet counts fewer than there are in the file: not what we report."""

        def set_postfix_str(self, *_: object, **__: object) -> None:
            """Speed, for a bar that shows it."""

        set_transfer_postfix_str = set_postfix_str

        def refresh(self, *_: object, **__: object) -> None:
            """Nothing is drawn."""

        def close(self) -> None:
            """Nothing is held."""

        def __enter__(self) -> "ReportingBar":
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            self.close()

    return ReportingBar
