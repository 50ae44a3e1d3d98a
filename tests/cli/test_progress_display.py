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
