"""Axes of ports: a fixed size, or a free one written as clients read it (`batch`, `height / 8`). Pure."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

Axis: TypeAlias = int | str
"""A number where the size is fixed, the axis' name or expression where it is free; optimum evaluates the latter."""

_EXPRESSION = re.compile(r"([a-z]+)(?: ([*/]) (\d+))?")


def scaled(name: str, factor: Fraction) -> str:
    """The axis that is `factor` times the axis `name`: `height`, `height / 8` or `height * 8`."""
    if factor == 1:
        return name
    return f"{name} * {factor.numerator}" if factor.denominator == 1 else f"{name} / {factor.denominator}"


def parsed(axis: str) -> tuple[str, Fraction]:
    """The name of a free axis and what it is multiplied by; the inverse of `scaled`."""
    found = _EXPRESSION.fullmatch(axis)
    if found is None:
        raise ValueError(f"{axis!r} is not the expression of an axis")
    number = int(found[3] or 1)
    return found[1], Fraction(1, number) if found[2] == "/" else Fraction(number)


def size_of(axis: Axis, sizes: Mapping[str, int]) -> int:
    """The size of an axis where the free ones have `sizes`, by name."""
    if isinstance(axis, int):
        return axis
    name, factor = parsed(axis)
    return int(sizes[name] * factor)
