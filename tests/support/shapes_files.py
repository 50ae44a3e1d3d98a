"""Weight files of which only the shapes exist: for what is decided before a number is read."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np

from converter.canonical import JsonObject
from converter.models import KeyMaps, Part
from converter.models.key_map import Parameters
from converter.models.signatures import Shapes
from converter.weights import TensorInfo

_FLOAT32_BYTES = 4


@dataclass(frozen=True)
class ShapesFile:
    """A safetensors file as `converter.weights` shows it, without a byte of content."""

    shapes: Shapes
    name: str = "model.safetensors"
    metadata: Mapping[str, str] = field(default_factory=dict)
    form: Literal["safetensors", "torch"] = "safetensors"

    @property
    def names(self) -> Sequence[str]:
        return sorted(self.shapes)

    @property
    def size_bytes(self) -> int:
        return sum(_FLOAT32_BYTES * prod(shape) for shape in self.shapes.values())

    def info(self, name: str) -> TensorInfo:
        shape = self.shapes[name]
        return TensorInfo("F32", shape, 0, _FLOAT32_BYTES * prod(shape))

    def read(self, name: str) -> "np.ndarray[Any, Any]":
        raise AssertionError(f"{name} was read, where shapes should do")

    def done(self, name: str) -> None:
        raise AssertionError(f"{name} was read, where shapes should do")

    def close(self) -> None:
        """There is nothing to close."""


@dataclass(frozen=True)
class ShapesPlace:
    """A model that is one such file, wherever it is."""

    file: ShapesFile

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def single(self) -> bool:
        return True

    def names(self) -> Collection[str]:
        return (self.name,)

    def read(self, path: str, max_bytes: int) -> bytes:
        raise AssertionError(f"{path} was read, where there is one weight file")

    def weights(self, path: str) -> ShapesFile:
        return self.file


def place_of(shapes: Shapes, **metadata: str) -> ShapesPlace:
    """A file with these shapes, to be opened as a model."""
    return ShapesPlace(ShapesFile(shapes, metadata={key.replace("__", "."): text for key, text in metadata.items()}))


class FreshKeyMaps(KeyMaps):
    """Key maps that are made each time, and leave nothing on the disk: for a thousand files that differ in a key."""

    def get(self, part: Part, shapes: Shapes, config: JsonObject, make: Callable[[], Parameters]) -> Parameters:
        return make()


def fresh_key_maps() -> FreshKeyMaps:
    return FreshKeyMaps(Path("/nowhere"))
