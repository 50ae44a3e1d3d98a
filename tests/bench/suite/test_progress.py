"""How far the suite is, on a terminal and in a log."""

from io import StringIO

import pytest

from tests.bench.suite.progress import Progress, duration


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min"), (190, "3 min 10 s"), (3600, "1 h 0 min"), (4740, "1 h 19 min")],
)
def test_a_duration_has_two_units_at_most(seconds: float, expected: str) -> None:
    assert duration(seconds) == expected


def test_a_beginning_says_which_how_long_and_what_comes_after() -> None:
    stream = StringIO()

    Progress(stream, {"first": 60, "second": 120, "third": 30}).begin("second")

    assert stream.getvalue() == "second (2 of 3), about 2 min; after it about 30 s\n"


def test_the_last_one_has_nothing_after_it() -> None:
    stream = StringIO()

    Progress(stream, {"first": 60, "second": 120}).begin("second")

    assert stream.getvalue() == "second (2 of 2), about 2 min\n"


def test_a_log_has_a_line_a_minute_for_each_benchmark() -> None:
    stream = StringIO()
    progress = Progress(stream, {"first": 300, "second": 300})

    for name in ("first", "second"):
        progress.begin(name)
        for second in range(1, 131):
            progress.tick(name, second, "converting")

    lines = stream.getvalue().splitlines()
    assert lines[1:3] == ["first: 1 min of about 5 min; converting", "first: 2 min of about 5 min; converting"]
    assert len(lines) == 6


def test_a_terminal_has_one_line_that_is_written_over_and_no_wider_than_it_is() -> None:
    stream = Terminal()

    Progress(stream, {"first": 300}).tick("first", 5, "x" * 1000)

    assert stream.getvalue().startswith("\r\x1b[2Kfirst: 5 s of about 5 min; xxx")
    assert "\n" not in stream.getvalue()
    assert len(stream.getvalue()) < 500
