"""A LoRA file without a file: arrays by name, in any order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from converter.blend.lora import LoraFile, LoraHeader
from converter.weights import TensorInfo
from tests.support.lora_files.made import Made

Array = np.ndarray[Any, Any]
_NAMES = {
    np.dtype(np.float16): "F16",
    np.dtype(np.float32): "F32",
    np.dtype(np.float64): "F64",
    np.dtype(np.int64): "I64",
}


@dataclass(frozen=True)
class ArrayTensors:
    """A `TensorSource`; its names come in the order of the mapping."""

    arrays: Mapping[str, Array]
    reads: list[str] = field(default_factory=list)

    @property
    def names(self) -> Sequence[str]:
        return tuple(self.arrays)

    def info(self, name: str) -> TensorInfo:
        array = self.arrays[name]
        return TensorInfo(_NAMES[array.dtype], array.shape, 0, array.nbytes)

    def read(self, name: str) -> Array:
        self.reads.append(name)
        return self.arrays[name]

    def done(self, name: str) -> None:
        self.reads.append(f"done {name}")


@dataclass(frozen=True)
class Shapes:
    """What a header says: names and shapes, and no numbers to read."""

    shapes: Mapping[str, tuple[int, ...]]
    dtype: str = "F16"

    @property
    def names(self) -> Sequence[str]:
        return sorted(self.shapes)

    def info(self, name: str) -> TensorInfo:
        return TensorInfo(self.dtype, self.shapes[name], 0, 0)


def in_memory(tensors: Mapping[str, Array], metadata: Mapping[str, str] | None = None) -> LoraFile:
    arrays = {name: np.asarray(array) for name, array in tensors.items()}
    return LoraFile("lora.safetensors", ArrayTensors(arrays), metadata or {})


def file_of(made: Made, tensors: Mapping[str, Array] | None = None) -> LoraFile:
    """The made file, or the same with other tensors."""
    return in_memory(made.tensors if tensors is None else tensors, made.metadata)


def header_of(shapes: Mapping[str, tuple[int, ...]], metadata: Mapping[str, str] | None = None) -> LoraHeader:
    return LoraHeader("lora.safetensors", Shapes(shapes), metadata or {})
