"""Frozen dataclasses of which there are ten thousand, made without a call for each of their fields."""

import dataclasses
from functools import cache
from typing import Any, TypeVar, cast

_RecordT = TypeVar("_RecordT")


def frozen(kind: type[_RecordT], values: dict[str, Any]) -> _RecordT:
    """`kind(**values)`; `values` is kept, so nobody else may change it.

    The `__init__` of a frozen dataclass calls `object.__setattr__` for each field, also where it has its default: three
    times as long. Here a field that is left out is what the class says, which is its default.

    Raises:
        TypeError: what `kind(**values)` raises, or `kind` does more than setting fields when it is made.
    """
    needed, known = _fields_of(cast("Any", kind))  # mypy does not see that a dataclass's type is hashable
    if not needed <= values.keys() <= known:
        return kind(**values)  # says which field it is
    record = object.__new__(kind)
    object.__setattr__(record, "__dict__", values)
    return record


@cache
def _fields_of(kind: Any) -> tuple[frozenset[str], frozenset[str]]:
    """The fields without a default, and all of them."""
    fields = dataclasses.fields(kind)
    made = any(field.default_factory is not dataclasses.MISSING or not field.init for field in fields)
    if made or hasattr(kind, "__post_init__") or hasattr(kind, "__slots__"):
        raise TypeError(f"{kind.__name__} has a field that is made, slots, or a `__post_init__`; call it")
    needed = frozenset(field.name for field in fields if field.default is dataclasses.MISSING)
    return needed, frozenset(field.name for field in fields)
