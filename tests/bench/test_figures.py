"""A figure is compared, judged, written and read as what it is."""

from math import nan
from pathlib import Path

import pytest

from tests.bench.figures import (
    CP,
    Bound,
    Direction,
    Figure,
    Kind,
    at_most,
    parsed,
    ratio_at_most,
    read,
    without_bounds,
    write,
)

PLAIN = Figure("convert", Kind.TIME, 5.0, CP, 10.0)
PROMISED = Figure("convert", Kind.TIME, 5.0, CP, 10.0, 0.6, ratio_at_most(1.0), "median of 5")


def test_a_ratio_is_ours_divided_by_the_reference_unless_both_took_turns() -> None:
    assert (PLAIN.ratio, PROMISED.ratio) == (0.5, 0.6)
    assert Figure("lost", Kind.COUNT, 0).ratio is None
    assert Figure("lost", Kind.COUNT, 0, "before", 0.0).ratio is None


@pytest.mark.parametrize(
    ("direction", "value", "held"),
    [
        (Direction.AT_MOST, 1.0, True),
        (Direction.AT_MOST, 1.01, False),
        (Direction.BELOW, 1.0, False),
        (Direction.BELOW, 0.99, True),
        (Direction.AT_LEAST, 1.0, True),
        (Direction.AT_LEAST, 0.99, False),
        (Direction.AT_MOST, nan, False),
        (Direction.AT_LEAST, nan, False),
    ],
)
def test_a_bound_is_held_on_its_side_of_the_limit(direction: Direction, value: float, held: bool) -> None:
    assert Figure("x", Kind.ERROR, value, bound=Bound(direction, 1.0)).held is held


def test_a_bound_is_of_the_figure_or_of_its_ratio() -> None:
    assert PROMISED.held is True
    assert Figure("x", Kind.TIME, 5.0, CP, 10.0, bound=at_most(1.0)).held is False
    assert PLAIN.held is None
    with pytest.raises(ValueError, match="found no ratio of 'x'"):
        _ = Figure("x", Kind.TIME, 5.0, bound=ratio_at_most(1.0)).held


def test_nothing_is_promised_of_a_small_model() -> None:
    assert [figure.held for figure in without_bounds([PROMISED, PLAIN])] == [None, None]


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    write([PROMISED, PLAIN], tmp_path / "new" / "figures.json")

    assert read(tmp_path / "new" / "figures.json") == (PROMISED, PLAIN)


@pytest.mark.parametrize("raw", [{}, {"name": "x"}, {"name": "x", "kind": "weight", "ours": 1, "bound": None}])
def test_what_is_no_figure_is_refused(raw: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"found|weight"):
        parsed(raw)
