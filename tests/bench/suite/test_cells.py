"""Figures as they stand in the table of the suite."""

from math import nan

import pytest

from tests.bench.figures import Bound, Direction, Figure, Kind, at_most, ratio_at_most
from tests.bench.suite.cells import promise, ratio, value


@pytest.mark.parametrize(
    ("number", "kind", "expected"),
    [
        (182.43, Kind.TIME, "182 s"),
        (19.94, Kind.TIME, "19.9 s"),
        (5.4321, Kind.TIME, "5.43 s"),
        (0.0834, Kind.TIME, "0.083 s"),
        (4.265e9, Kind.SIZE, "4.26 GB"),
        (76_400_000, Kind.MEMORY, "76 MB"),
        (1_440_000, Kind.MEMORY, "1.4 MB"),
        (262_144, Kind.SIZE, "262.1 kB"),
        (0, Kind.MEMORY, "0 bytes"),
        (20_544, Kind.COUNT, "20,544"),
        (7.1e-7, Kind.ERROR, "7.1e-07"),
        (131.72, Kind.DECIBEL, "131.7 dB"),
        (None, Kind.TIME, ""),
    ],
)
def test_a_figure_has_its_unit_and_the_digits_that_mean_something(
    number: float | None, kind: Kind, expected: str
) -> None:
    assert value(number, kind) == expected


@pytest.mark.parametrize(
    ("number", "expected"), [(33.78, "33.8"), (177.4, "177"), (0.638, "0.64"), (0.0163, "0.016"), (None, "")]
)
def test_a_ratio_has_three_digits_at_most(number: float | None, expected: str) -> None:
    assert ratio(number) == expected


def test_a_promise_says_of_what_it_is_and_whether_it_was_found() -> None:
    below = Bound(Direction.BELOW, 1.0, of_ratio=True)

    assert promise(Figure("x", Kind.TIME, 1.0)) == ""
    assert promise(Figure("x", Kind.TIME, 2.0, "cp", 4.0, bound=ratio_at_most(1.0))) == "ratio at most 1.00: held"
    assert promise(Figure("x", Kind.TIME, 4.0, "cp", 4.0, bound=below)) == "ratio below 1.00: **missed**"
    assert promise(Figure("x", Kind.MEMORY, 6e8, bound=at_most(5e8))) == "at most 500 MB: **missed**"
    assert promise(Figure("x", Kind.ERROR, nan, bound=at_most(1e-3))) == "at most 0.001: **missed**"
