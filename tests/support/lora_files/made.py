"""A LoRA file with its expected effect, and how a dialect makes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from converter.blend.lora import Hints, LoraFile, Part
from converter.weights import MappedFile, SafetensorsFile, open_weights
from tests.support.lora_files.tiny_models import TinyModel
from tests.support.safetensors_files import write_tensors
from tests.support.torch_files import save

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Made:
    """What a file holds, and what the model must be once it is blended at a weight of 1."""

    tensors: Mapping[str, Array]
    expected: Mapping[tuple[Part, str], Array]
    """By part and parameter."""
    metadata: Mapping[str, str] = field(default_factory=dict)
    as_list: bool = False
    """Whether it is a `.pt` with a list of tensors, whose names are their places."""

    def write(self, folder: Path) -> LoraFile:
        """The file on disk, opened."""
        return opened(self.path(folder), self.metadata)

    def path(self, folder: Path) -> Path:
        if not self.as_list:
            return write_tensors(folder / "lora.safetensors", self.tensors, dict(self.metadata) or None)
        import torch

        folder.mkdir(parents=True, exist_ok=True)
        ordered = [self.tensors[str(place)] for place in range(len(self.tensors))]
        return save([torch.from_numpy(array) for array in ordered], folder / "lora.pt")


@dataclass(frozen=True, eq=False)
class Case:
    """One dialect."""

    name: str
    reference: str
    """Who computed the expected values."""
    make: Callable[[TinyModel], Made]
    hints: Hints | None = None

    def __str__(self) -> str:
        return self.name


def opened(path: Path, metadata: Mapping[str, str] | None = None) -> LoraFile:
    """A file as the converter gives it to the blend room."""
    file: MappedFile = open_weights(path)
    said = file.header.metadata if isinstance(file, SafetensorsFile) else metadata or {}
    return LoraFile(path.name, file, said)
