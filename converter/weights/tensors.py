"""What is known about a tensor before it is read, and what every weight file offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from math import prod
from typing import TYPE_CHECKING, Any, Protocol

from converter.weights.errors import WeightsError

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class TensorInfo:
    """One tensor of a weight file; without `strides`, `end - begin == elements * (bytes per element)`."""

    dtype: str
    """By its safetensors name: `F32`, `F16`, `BF16`, ..."""
    shape: tuple[int, ...]
    begin: int
    """First byte, counted from the start of the file."""
    end: int
    """The byte after its last."""
    strides: tuple[int, ...] | None = None
    """From one element to the next along each axis, in elements; `None` if they follow each other in C order."""

    @property
    def size_bytes(self) -> int:
        return self.end - self.begin

    @property
    def elements(self) -> int:
        return prod(self.shape)


class TensorSource(Protocol):
    """Named tensors, of any file format. At most the tensors between `read` and `done` take memory."""

    @property
    def names(self) -> Sequence[str]:
        """All names, sorted."""
        ...

    def info(self, name: str) -> TensorInfo:
        """What is known about a tensor without reading it.

        Raises:
            WeightsError: there is no tensor of that name.
        """
        ...

    def read(self, name: str) -> "np.ndarray[Any, Any]":
        """The tensor's elements: read-only, in the shape and dtype of `info(name)`.

        Raises:
            WeightsError: there is no tensor of that name.
        """
        ...

    def done(self, name: str) -> None:
        """Say that a tensor was used, so that its memory can go. Reading it again is allowed."""
        ...


def find(tensors: Mapping[str, TensorInfo], name: str, where: str) -> TensorInfo:
    """The tensor `name` among those of the file `where`.

    Raises:
        WeightsError: there is none; with the nearest name.
    """
    if name not in tensors:
        near = get_close_matches(name, tensors, n=1)
        hint = f"the nearest name is {near[0]!r}" if near else f"it holds {len(tensors)} other tensors"
        raise WeightsError(f"{where}: no tensor {name!r}, {hint}; use the file that belongs to this model")
    return tensors[name]
