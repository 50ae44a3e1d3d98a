"""List the functions that torch writes its operators with in ONNX once, not for each graph (0.4 s each time).

onnxscript reads the source of some 500 functions whenever it lists them. This touches private names of torch, as
`fast_export` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from converter.graphs.replaced import replaced


@contextmanager
def functions_kept() -> Iterator[None]:
    """Within this context they are listed at the first export of this process alone."""
    from torch.onnx._internal.exporter import _registration

    apis: Any = _registration.onnxscript_apis  # type: ignore[attr-defined]  # imported there, and looked up there
    listed = apis.get_torchlib_ops
    with replaced(apis, "get_torchlib_ops", lambda: list(_cached_functions(listed))):
        yield


@cache
def _cached_functions(listed: Callable[[], list[Any]]) -> tuple[Any, ...]:
    return tuple(listed())
