"""What was saved in another form than a state dict: values, dicts and lists with tensors somewhere in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.mapped_file import MappedFile, map_file
from converter.weights.open_weights import is_torch
from converter.weights.reading import ReadAt
from converter.weights.safetensors_file import SafetensorsFile
from converter.weights.scope import Scope
from converter.weights.tensors import TensorInfo
from converter.weights.torch_file import TorchFile, placed, read_saved
from converter.weights.torch_modules import PARAMETER_DICT
from converter.weights.torch_tensor import StoredTensor

if TYPE_CHECKING:
    import numpy as np

_MAX_DEPTH = 8
_MAX_VALUES = 100_000  # a pickle can name one list a thousand times, in a list that is named a thousand times
_SEPARATOR = "/"
_BARE = "tensor"
"""The name of a tensor that was saved with nothing around it."""


@dataclass(frozen=True)
class SavedTensor:
    """A tensor that is somewhere in what was saved; its numbers are still in the file."""

    name: str
    """Under which the file reads it: the keys that lead to it, joined by `/`."""
    shape: tuple[int, ...]


Saved: TypeAlias = "SavedTensor | str | int | float | bytes | Sequence[Saved] | Mapping[str, Saved] | None"


@dataclass(frozen=True)
class SavedFile:
    """An open weight file, and what was saved in it. Close it, or use it as a context manager."""

    file: MappedFile
    value: Saved

    def read(self, tensor: SavedTensor) -> np.ndarray[Any, Any]:
        """The tensor's numbers: a read-only view of the file, in the file's dtype."""
        return self.file.read(tensor.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.file.close()


def open_saved(path: Path) -> SavedFile:
    """The file at `path` with whatever was saved in it: a safetensors file is a flat dict of tensors.

    Where `open_weights` takes a state dict only, this takes a tensor alone, dicts and lists within each other, and
    torch's `ParameterDict`, which is a dict here. It is for small files: embeddings, not checkpoints.

    Raises:
        WeightsError: it is neither safetensors nor torch's, or damaged, or holds anything else than data.
    """
    if is_torch(path):
        tree, mapped = map_file(path, _torch_tree)
        return SavedFile(TorchFile(path, dict(sorted(tree.tensors.items())), mapped), tree.value)
    file = SafetensorsFile.open(path)
    return SavedFile(file, {name: SavedTensor(name, file.info(name).shape) for name in file.names})


def _torch_tree(read: ReadAt, file_size: int) -> _Tree:
    saved, places = read_saved(read, file_size, Scope.WHOLE, frozenset({PARAMETER_DICT}))
    tree = _Tree(places, file_size)
    tree.value = tree.grown(saved, ())
    return tree


@dataclass
class _Tree:
    """Collects the tensors of a value on the way through it."""

    places: Mapping[str, int]
    file_size: int
    tensors: dict[str, TensorInfo] = field(default_factory=dict)
    value: Saved = None
    seen: int = 0

    def grown(self, raw: object, path: tuple[str, ...]) -> Saved:
        self._require_small(path)
        if isinstance(raw, StoredTensor):
            return self._tensor(raw, path)
        if isinstance(raw, dict):
            return {_key(key, path): self.grown(value, (*path, _key(key, path))) for key, value in raw.items()}
        if isinstance(raw, list | tuple):
            return tuple(self.grown(value, (*path, str(index))) for index, value in enumerate(raw))
        if raw is None or isinstance(raw, str | int | float | bytes):
            return raw
        raise WeightsError(
            f"{_shown(path)} is a {type(raw).__name__}, expected tensors, texts, numbers, dicts and lists only; "
            "use a .safetensors version of the file"
        )

    def _tensor(self, raw: StoredTensor, path: tuple[str, ...]) -> SavedTensor:
        name = _SEPARATOR.join(path) or _BARE
        if name in self.tensors:
            raise WeightsError(f"two tensors are at {_shown(path)}; use a .safetensors version of the file")
        self.tensors[name] = placed(name, raw, self.places, self.file_size)
        return SavedTensor(name, raw.shape)

    def _require_small(self, path: tuple[str, ...]) -> None:
        self.seen += 1
        if self.seen > _MAX_VALUES or len(path) > _MAX_DEPTH:
            raise WeightsError(
                f"more than {_MAX_VALUES:,} values, or more than {_MAX_DEPTH} levels of them at {_shown(path)}; "
                "it is damaged or was made to deceive: check where it came from"
            )


def _key(raw: object, path: tuple[str, ...]) -> str:
    if not isinstance(raw, str):
        raise WeightsError(f"a key of {_shown(path)} is a {type(raw).__name__}, expected a text")
    return raw


def _shown(path: tuple[str, ...]) -> str:
    return clipped(_SEPARATOR.join(path)) if path else "what was saved"
