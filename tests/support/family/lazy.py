"""Tensors that are made when they are written, so that memory holds one of them, and the files that they go to."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import prod
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np

Array = np.ndarray[Any, Any]

_CODES = {
    "float64": "F64",
    "float32": "F32",
    "float16": "F16",
    "bfloat16": "BF16",
    "int64": "I64",
    "int32": "I32",
}
"""dtype to its name in a safetensors header."""


@dataclass(frozen=True)
class Lazy:
    """A tensor whose shape and dtype are known, and whose numbers are made by a call."""

    shape: tuple[int, ...]
    dtype: str
    """As numpy and ml_dtypes call it, such as `float32` and `bfloat16`."""
    make: Callable[[], Array]

    def array(self) -> Array:
        """The numbers, of `shape` and `dtype`."""
        array = self.make().astype(numpy_dtype(self.dtype), copy=False)
        assert array.shape == self.shape
        return array

    def cast(self, dtype: str | None) -> "Lazy":
        """The same tensor in another float type; whole numbers and `None` stay as they are."""
        return self if dtype is None or self.dtype.startswith("int") else replace(self, dtype=dtype)

    def reshaped(self, shape: tuple[int, ...]) -> "Lazy":
        """The same numbers in another shape."""
        return Lazy(shape, self.dtype, lambda: self.array().reshape(shape))

    def transposed(self) -> "Lazy":
        """Rows for columns."""
        return Lazy(self.shape[::-1], self.dtype, lambda: self.array().T)

    @property
    def size_bytes(self) -> int:
        return prod(self.shape) * numpy_dtype(self.dtype).itemsize


def fixed(array: Array) -> Lazy:
    """A tensor that is there already."""
    return Lazy(array.shape, array.dtype.name, lambda: array)


def stacked(tensors: list[Lazy]) -> Lazy:
    """Tensors of one shape, below each other."""
    first = tensors[0]
    shape = (len(tensors) * first.shape[0], *first.shape[1:])
    return Lazy(shape, first.dtype, lambda: np.concatenate([tensor.array() for tensor in tensors]))


def numpy_dtype(name: str) -> np.dtype[Any]:
    """The numpy type of a dtype's name, those of ml_dtypes included."""
    return np.dtype(getattr(ml_dtypes, name, name))


def write_safetensors(path: Path, tensors: Mapping[str, Lazy]) -> Path:
    """Write a safetensors file tensor by tensor; makes its folder, gives `path` back."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(_header(tensors))
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor.array()).tobytes())
    return path


def write_sparse(path: Path, tensors: Mapping[str, Lazy]) -> Path:
    """Write the same file with zeros for numbers: it takes no room on the disk, however large it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    header = _header(tensors)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + sum(tensor.size_bytes for tensor in tensors.values()))
    return path


def _header(tensors: Mapping[str, Lazy]) -> bytes:
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    begin = 0
    for name, tensor in tensors.items():
        end = begin + tensor.size_bytes
        header[name] = {"dtype": _CODES[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text
