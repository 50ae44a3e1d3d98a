"""Axes as clients read them: an expression comes back as it was written, and evaluates in Python."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.graphs.axes import parsed, scaled, size_of

FACTORS = st.integers(1, 64).flatmap(lambda n: st.sampled_from([Fraction(n), Fraction(1, n)]))
NAMES = st.sampled_from(["batch", "height", "width", "sequence"])


@given(NAMES, FACTORS)
def test_what_was_written_is_read(name: str, factor: Fraction) -> None:
    assert parsed(scaled(name, factor)) == (name, factor)


@given(NAMES, FACTORS, st.integers(1, 100))
def test_an_expression_is_one_of_python_too(name: str, factor: Fraction, units: int) -> None:
    # optimum evaluates the text.
    size = units * factor.denominator
    axis = scaled(name, factor)
    assert size_of(axis, {name: size}) == eval(axis, {name: size}) == size * factor  # noqa: S307


@pytest.mark.parametrize(
    ("factor", "text"), [(Fraction(1), "height"), (Fraction(8), "height * 8"), (Fraction(1, 8), "height / 8")]
)
def test_the_spaces_are_where_clients_expect_them(factor: Fraction, text: str) -> None:
    assert scaled("height", factor) == text


def test_a_fixed_axis_has_its_size_whatever_the_free_ones_have() -> None:
    assert size_of(4, {"height": 64}) == 4


@pytest.mark.parametrize("text", ["", "height/8", "height / ", "8 * height", "height * 8 / 2", "Height", "height / -1"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not the expression of an axis"):
        parsed(text)
