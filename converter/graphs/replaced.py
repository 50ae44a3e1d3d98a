"""Put something else in the place of an attribute of a library for a while; torch and sympy offer no other way in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def replaced(owner: Any, name: str, value: object) -> Iterator[None]:
    """Within this context `owner.name` is `value`, in all threads; afterwards it is what it was, whatever happens.

    Args:
        owner: a module or a class.
        name: of what it has itself.
        value: that stands in its place.

    Raises:
        AttributeError: the owner has nothing of that name, as after an update of its library.
    """
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
