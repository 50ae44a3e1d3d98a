"""What sympy says of expressions, asked once and asked each time."""

import pytest
import sympy  # type: ignore[import-untyped]  # sympy ships no types
from sympy import Expr, Float, Integer, Symbol

from converter.graphs.known_numbers import numbers_remembered

H, W = Symbol("h", integer=True), Symbol("w", integer=True)
EXPRESSIONS = [
    H,
    H + 1,
    2 * H * W,
    sympy.floor(H / 2) ** 2,
    sympy.Max(H, 4),
    Integer(3),
    Float(3.0),
    sympy.sqrt(2) + 1,
    sympy.Max(sympy.sqrt(2), sympy.pi),
    sympy.Integral(H, (H, 0, 1)),
]


@pytest.mark.parametrize("expression", EXPRESSIONS, ids=str)
def test_the_answer_is_the_one_that_sympy_gives(expression: Expr) -> None:
    expected = expression.is_number
    with numbers_remembered():
        assert [expression.is_number, expression.is_number] == [expected, expected]


def test_an_expression_is_worked_out_once() -> None:
    class Counted(sympy.Function):  # type: ignore[misc]  # sympy ships no types
        asked = 0

        @property
        def args(self) -> tuple[Expr, ...]:
            Counted.asked += 1
            found: tuple[Expr, ...] = super().args
            return found

    one = Counted(H, W)
    with numbers_remembered() as remembered:
        assert not one.is_number
        once = Counted.asked
        assert not one.is_number
        assert Counted.asked == once
        assert remembered[one] is False
    assert not one.is_number
    assert Counted.asked > once


def test_sympy_is_as_it_was_afterwards_even_when_the_export_fails() -> None:
    before = Expr.is_number
    with pytest.raises(KeyError), numbers_remembered():
        raise KeyError
    assert Expr.is_number is before
