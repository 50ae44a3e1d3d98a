"""Ask of each size that torch computes with only once whether it is a number: 1 of the 20 seconds of SD 1.5's UNet.

torch asks sympy for it whenever it reads a size, and sympy walks through the whole expression each time. Expressions
never change, and what is asked follows from nothing but the expression.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from converter.graphs.replaced import replaced

if TYPE_CHECKING:
    from sympy import Expr  # type: ignore[import-untyped]  # sympy ships no types


@contextmanager
def numbers_remembered() -> Iterator[dict[Expr, bool]]:
    """Within this context sympy works out once for each expression whether it is a number.

    Yields:
        What is remembered, which grows.
    """
    from sympy import Expr

    whole = Expr.is_number
    remembered: dict[Expr, bool] = {}

    def is_number(expression: Expr) -> bool:
        try:
            return remembered[expression]
        except KeyError:
            found = remembered[expression] = bool(whole.fget(expression))
            return found

    with replaced(Expr, "is_number", property(is_number)):
        yield remembered
