"""Find what torch kept of an operator more often: ask for a result by what it depends on, and by nothing else.

`torch.export` keeps what it finds out of each operator under all that describes its inputs (`fake_cache`). Two of
those are of no use for a tensor with free axes: the size of its memory, which torch writes in one way where it
computed the tensor and in another where it took it from what it kept, so that it computes all that follows again; and
the order of its axes in memory, which torch works out and then drops. This touches private names of torch, as
`fast_export` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from converter.graphs.replaced import replaced

if TYPE_CHECKING:
    from torch import Tensor


@contextmanager
def short_keys() -> Iterator[None]:
    """Within this context neither is part of what a tensor with free axes is known by; nothing else changes."""
    import torch
    from torch._subclasses import fake_tensor

    described = fake_tensor.TensorMetadata._flatten_into
    ordered = fake_tensor.suggest_memory_format  # type: ignore[attr-defined]  # imported there, and looked up there

    def without_memory(metadata: fake_tensor.TensorMetadata, *arguments: Any) -> None:
        # No shape, stride or dtype of a result depends on it; where it is a number, torch writes it in one way only.
        known = replace(metadata, storage_bytes=None) if _is_free(metadata.storage_bytes) else metadata
        described(known, *arguments)

    def of_fixed(tensor: Tensor) -> torch.memory_format:
        # `extract_tensor_metadata`, which alone asks here, puts `None` in its place where an axis is free.
        found: torch.memory_format = torch.contiguous_format if tensor._has_symbolic_sizes_strides else ordered(tensor)
        return found

    with (
        replaced(fake_tensor.TensorMetadata, "_flatten_into", without_memory),
        replaced(fake_tensor, "suggest_memory_format", of_fixed),
    ):
        yield


def _is_free(size_bytes: object) -> bool:
    import torch

    return isinstance(size_bytes, torch.SymInt)
