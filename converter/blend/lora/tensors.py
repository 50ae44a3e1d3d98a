"""The tensors of a LoRA file: what is known before they are read, and reading them as float32."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from converter.blend.errors import BlendError
from converter.weights import TensorInfo, TensorSource, WeightsError, as_float32, check_finite

F32: TypeAlias = npt.NDArray[np.float32]


class TensorHeaders(Protocol):
    """Names, dtypes and shapes: all that is needed to recognise a file, also one that was not downloaded."""

    @property
    def names(self) -> Sequence[str]:
        """All names, sorted."""
        ...

    def info(self, name: str) -> TensorInfo:
        """What is known about a tensor without reading it."""
        ...


@dataclass(frozen=True)
class LoraHeader:
    """A LoRA file of which only the header is known."""

    name: str
    """Of the file, for messages."""
    tensors: TensorHeaders
    metadata: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Free text of the trainer (`__metadata__` of safetensors)."""


@dataclass(frozen=True)
class LoraFile(LoraHeader):
    """A LoRA file that can be read."""

    tensors: TensorSource


@dataclass(frozen=True)
class Stored:
    """A tensor that stays in its file until it is used."""

    file: LoraFile
    key: str

    @property
    def shape(self) -> tuple[int, ...]:
        """As it is stored."""
        return self.file.tensors.info(self.key).shape

    def read(self) -> F32:
        """The tensor in float32, of which this process has a copy; its pages are given back.

        Raises:
            BlendError: it holds NaN or an infinity, in the file or once it is float32.
        """
        stored = self.file.tensors.read(self.key)
        try:
            check_finite(stored, self.key)
            with np.errstate(over="ignore"):  # an infinity is found in the next line
                halves = stored.dtype == np.float16
                array = as_float32(stored) if halves else np.array(stored, np.float32, order="C")
            if stored.dtype.itemsize > array.itemsize:
                check_finite(array, self.key)
        except WeightsError as error:
            raise BlendError(f"{self.file.name}: {error}") from error
        self.file.tensors.done(self.key)
        return array

    def matrix(self) -> F32:
        """`read`, with all axes but the first as one: `(out, in * height * width)`."""
        array = self.read()
        return array.reshape(array.shape[0], -1)

    def number(self) -> float:
        """The one element of the tensor.

        Raises:
            BlendError: it is NaN or an infinity.
        """
        return float(self.read().reshape(()))
