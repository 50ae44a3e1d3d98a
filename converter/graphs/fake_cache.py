"""Keep what torch finds out of an operator without building the result a second time (a quarter of `torch.export`).

`torch.export` computes shapes on tensors that have no memory, and keeps each result for the next call that is alike.
Before it does, it builds the result again from what would be kept, and compares the dispatch keys: with free axes that
is as dear as the operator itself. Here only the first of each kind is built again, and what decides its dispatch keys
is its kind. This touches private names of torch, as `fast_export` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from converter.graphs.replaced import replaced

if TYPE_CHECKING:
    from torch import Tensor

_Kind = tuple[Any, ...]


@contextmanager
def kept_at_once() -> Iterator[set[_Kind]]:
    """Within this context results are kept as they are, once one of their kind was found the same when built again.

    Yields:
        The kinds of results that were found so.
    """
    from torch._subclasses.fake_tensor import FakeTensorMode

    whole = FakeTensorMode._get_output_info_for_cache_entry
    proven: set[_Kind] = set()

    def short(mode: FakeTensorMode, *arguments: Any) -> Any:
        *_, function, _args, _keywords, output = arguments
        kind = _kind(function, output)
        if kind is None or kind not in proven:
            # Raises where the two differ, so that the kind is not taken for proven.
            info = whole(mode, *arguments)
            if kind is not None:
                proven.add(kind)
            return info
        # Hides the method that builds it: `whole` compares the result with itself.
        mode._output_from_cache_entry = lambda *_: output  # type: ignore[method-assign]
        try:
            return whole(mode, *arguments)
        finally:
            del mode._output_from_cache_entry

    with replaced(FakeTensorMode, "_get_output_info_for_cache_entry", short):
        yield proven


def _kind(function: Any, output: Tensor | None) -> _Kind | None:
    """What decides the dispatch keys of a result that is built again; `None` where it must be built."""
    import torch
    from torch.fx.experimental.symbolic_shapes import has_free_unbacked_symbols

    # Of a size that depends on values torch may fail to build it at all.
    if not isinstance(output, torch.Tensor) or has_free_unbacked_symbols(output):
        return None
    return (
        str(torch._C._dispatch_key_set(output)),
        bool(getattr(function, "is_view", False)),
        output.dtype,
        output.layout,
        output.device,
        output.requires_grad,
        output.is_conj(),
        output.is_neg(),
    )
