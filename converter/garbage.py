"""Python's search for cycles of dead objects, put off while many objects are made that live on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search() -> Iterator[None]:
    """Also a decorator. Ten thousand entries are a million objects and no cycle: searching takes a fifth of it all."""
    searched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searched:
            gc.enable()
