"""Tensors and storages as a torch pickle describes them: checked, not read."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TypeGuard

from converter.weights.dtypes import SIZE_BYTES
from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.torch_globals import DTYPES, REBUILD_V1, REBUILD_V2, REBUILD_V3, STORAGES, Global

_MAX_RANK = 64  # numpy's
_MAX_NUMBER = 2**63 - 1  # what a file offset can hold
_ARGUMENTS = {REBUILD_V1: (4, 4), REBUILD_V2: (6, 7), REBUILD_V3: (7, 8)}


@dataclass(frozen=True)
class Storage:
    """A run of equal elements that one or more tensors look at."""

    key: str
    """Its name in the file."""
    dtype: str
    elements: int

    @property
    def size_bytes(self) -> int:
        return self.elements * SIZE_BYTES[self.dtype]


@dataclass(frozen=True)
class StoredTensor:
    """A view of a storage. It stays inside: `offset + sum((shape - 1) * strides) < storage.elements`."""

    storage: Storage
    dtype: str
    offset: int
    """First element, counted in `dtype` from the begin of the storage."""
    shape: tuple[int, ...]
    strides: tuple[int, ...] | None
    """In elements; `None` if the elements lie one after the other, in C order."""

    @property
    def span(self) -> int:
        """How many elements of the storage lie from its first to its last."""
        if 0 in self.shape:
            return 0
        if self.strides is None:
            return prod(self.shape)
        return 1 + _reach(self.shape, self.strides)


def storage_of(raw: object) -> Storage:
    """The storage that a persistent id names: `('storage', class, key, device, elements)`.

    Raises:
        WeightsError: it is something else.
    """
    if not isinstance(raw, tuple) or len(raw) not in (5, 6) or raw[0] != "storage":
        raise _damaged(f"it refers to {clipped(type(raw).__name__)}", "a storage")
    kind, key, _, elements = raw[1:5]
    if not isinstance(kind, Global) or kind.path not in STORAGES:
        raise _damaged("it has a storage of another type", f"one of {', '.join(sorted(STORAGES))}")
    if len(raw) == 6 and raw[5] is not None:
        raise WeightsError(
            "a storage is a part of another one, as torch wrote before 0.4, which is not built; "
            "use a .safetensors version of the model"
        )
    if not isinstance(key, str) or not _is_size(elements):
        raise _damaged(f"a storage has the key {_shown(key)} and {_shown(elements)} elements", "a text and a number")
    return Storage(key, STORAGES[kind.path], elements)


def tensor_of(function: str, arguments: Sequence[object]) -> StoredTensor:
    """The tensor that one of torch's `_rebuild_tensor` functions would make.

    Raises:
        WeightsError: the arguments are none, or the tensor would reach beyond its storage.
    """
    least, most = _ARGUMENTS[function]
    storage = arguments[0] if arguments else None
    if not least <= len(arguments) <= most or not isinstance(storage, Storage):
        raise _damaged(f"a tensor is described by {len(arguments)} values", f"a storage and {least - 1} more")
    offset, shape, strides = arguments[1:4]
    dtype = storage.dtype if function != REBUILD_V3 else _dtype(arguments[6])
    if not _is_size(offset) or not _are_sizes(shape) or not _are_sizes(strides) or len(shape) != len(strides):
        raise _damaged("a tensor has an offset, shape or strides that are none", "whole numbers, none negative")
    available = storage.size_bytes // SIZE_BYTES[dtype]
    _require_inside(offset, shape, strides, available)
    return StoredTensor(storage, dtype, offset, shape, None if _is_contiguous(shape, strides) else strides)


def _dtype(raw: object) -> str:
    if not isinstance(raw, Global) or raw.path not in DTYPES:
        raise _damaged("a tensor has an unknown dtype", f"one of {', '.join(sorted(DTYPES))}")
    return DTYPES[raw.path]


def _require_inside(offset: int, shape: tuple[int, ...], strides: tuple[int, ...], available: int) -> None:
    """Check that a tensor stays in its storage and is not larger: strides of 0 make a terabyte of four bytes."""
    elements = prod(shape)
    if not elements:
        return
    last = offset + _reach(shape, strides)
    if last >= available or elements > available:
        raise WeightsError(
            f"a tensor of shape {clipped(list(shape))} reaches element {last:,} of a storage of {available:,} elements "
            "or repeats them, expected a part of the storage; the file is damaged: download it again"
        )


def _reach(shape: tuple[int, ...], strides: tuple[int, ...]) -> int:
    return sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))


def _is_contiguous(shape: tuple[int, ...], strides: tuple[int, ...]) -> bool:
    expected = 1
    for size, stride in zip(reversed(shape), reversed(strides), strict=True):
        if size != 1 and stride != expected:
            return 0 in shape
        expected *= size
    return True


def _are_sizes(raw: object) -> TypeGuard[tuple[int, ...]]:
    return isinstance(raw, tuple) and len(raw) <= _MAX_RANK and all(_is_size(size) for size in raw)


def _is_size(raw: object) -> TypeGuard[int]:
    return type(raw) is int and 0 <= raw <= _MAX_NUMBER  # `type`: True is an int, too


def _shown(raw: object) -> str:
    return clipped(raw) if isinstance(raw, str | int) else type(raw).__name__


def _damaged(found: str, expected: str) -> WeightsError:
    return WeightsError(
        f"the pickle is damaged or of a newer kind: {found}, expected {expected}; "
        "download it again, or use a .safetensors version of the model"
    )
