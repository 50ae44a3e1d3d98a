"""Figures as they stand in tables."""

from math import inf

import pytest

from tests.bench.levels.cells import decibels, gigabytes, megabytes, ratio, seconds, table


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (seconds(5.432), "5.43"),
        (seconds(0.0834), "0.083"),
        (seconds(0.00037), "0.0004"),
        (ratio(0.934), "0.93"),
        (megabytes(3_438_100_000), "3438.1"),
        (gigabytes(4_264_900_000), "4.26"),
        (decibels(131.72), "131.7"),
        (decibels(inf), "equal"),
    ],
)
def test_each_figure_has_the_digits_that_mean_something(said: str, expected: str) -> None:
    assert said == expected


@pytest.mark.parametrize("write", [seconds, ratio, megabytes, gigabytes, decibels])
def test_what_was_not_measured_is_an_empty_cell(write: object) -> None:
    assert callable(write)
    assert write(None) == ""


def test_columns_are_as_wide_as_their_widest_cell_and_figures_are_on_the_right() -> None:
    assert list(table(["Level", "Load, s"], [["`fp16-internal/none`", "5.43"], ["optimum", ""]])) == [
        "| Level                | Load, s |",
        "| -------------------- | ------: |",
        "| `fp16-internal/none` |    5.43 |",
        "| optimum              |         |",
    ]
