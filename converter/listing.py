"""Long lists in messages: the first ten, and how many there are besides. Pure."""

from collections.abc import Sequence

_SHOWN = 10


def first_ten(names: Sequence[str]) -> str:
    """`a, b, c`, or the first ten and `and N more`."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"
