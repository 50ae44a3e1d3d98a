"""The state dict of one component: parameter names, each pointing at a tensor of an open weight file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.weights import TensorSource

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class TensorRef:
    """Where a parameter's value is."""

    file: TensorSource
    key: str
    """Name in that file."""
    shape: tuple[int, ...]
    """Of the parameter, in elements."""
    rows: tuple[int, int] | None = None
    """First row of the tensor and the one after the last, where several parameters are stored as one tensor."""
    transposed: bool = False
    """The file has the matrix with its axes swapped."""


@dataclass(frozen=True)
class StateDict:
    """Parameter name to where its tensor is; nothing is read before it is asked for."""

    refs: Mapping[str, TensorRef]

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Parameter name to shape."""
        return {name: ref.shape for name, ref in self.refs.items()}

    def read(self, name: str) -> np.ndarray:
        """The value of a parameter: a read-only view of the file, in the file's dtype.

        Original checkpoints store some linear layers as 1x1 convolutions, `(out, in, 1, 1)`: trailing axes of length
        one are dropped, which moves no number.
        """
        ref = self.refs[name]
        array = ref.file.read(ref.key)
        if ref.rows is not None:
            array = array[slice(*ref.rows)]
        if ref.transposed:
            array = array.T
        return array if array.shape == ref.shape else array.reshape(ref.shape)

    def done(self, name: str) -> None:
        """The parameter will not be read again: its pages may go."""
        ref = self.refs[name]
        ref.file.done(ref.key)

    def part(self, *beginnings: str) -> StateDict:
        """The parameters whose names begin with one of `beginnings`."""
        return StateDict({name: ref for name, ref in self.refs.items() if name.startswith(beginnings)})
