"""Progress where no terminal is: a line when a step begins, and few more."""

import pytest

from converter.cli.progress_display import shown
from converter.progress import Progress


def test_without_a_terminal_each_step_is_one_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with shown() as report:
        for task in ("unet: streaming weights", "unet: comparing"):
            for done in range(100):
                report(Progress(task, done, 100, "bytes"))
    assert capsys.readouterr() == ("", "  unet: streaming weights\n  unet: comparing\n")


@pytest.mark.parametrize(
    ("unit", "shown_as"), [("bytes", "30/100 bytes"), ("steps", "30/100 steps"), ("", "unet: working")]
)
def test_a_bar_counts_in_what_the_work_is_counted_in(unit: str, shown_as: str) -> None:
    from io import StringIO

    from rich.console import Console

    from converter.cli.progress_display import _BarReport, _bars

    bars, stream = _bars(), StringIO()
    _BarReport(bars)(Progress("unet: working", 30, 100, unit))
    Console(file=stream, width=120, force_terminal=False).print(bars.get_renderable())
    line = stream.getvalue()
    assert shown_as in line
    assert ("/s" in line or "?" in line) == (unit == "bytes")
