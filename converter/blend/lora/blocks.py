"""Rows of a matrix in portions that fit a cache. Pure."""

from collections.abc import Iterator

_ELEMENTS = 1 << 19
"""2 MiB of float32: large enough that products of matrices run at full speed, small enough to be no second weight."""


def blocks(shape: tuple[int, ...]) -> Iterator[slice]:
    """Slices of rows that cover a `(rows, columns)` matrix in order."""
    rows, columns = shape
    step = max(1, _ELEMENTS // max(1, columns))
    for begin in range(0, rows, step):
        yield slice(begin, min(rows, begin + step))
