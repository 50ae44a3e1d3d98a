"""A torch checkpoint on disk as named, memory-mapped tensors; its pickle is read as data and never executed."""

import mmap
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from converter.weights.dtypes import SIZE_BYTES
from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.mapped_file import MappedFile, map_file
from converter.weights.reading import ReadAt
from converter.weights.scope import Scope
from converter.weights.tensors import TensorInfo
from converter.weights.torch_legacy import read_legacy
from converter.weights.torch_state_dict import counters, state_dict
from converter.weights.torch_tensor import StoredTensor
from converter.weights.torch_zip import read_zip

ZIP_START = b"PK\x03\x04"
PICKLE_STARTS = tuple(bytes((0x80, protocol)) for protocol in range(1, 6))


class TorchFile(MappedFile):
    """A `TensorSource` over one file of `torch.save`: `.ckpt`, `.pt`, `.pth`, `.bin`, in its zip or its older form.

    Opening reads the pickle and the places of the storages. Tensors may share storages, and need not be contiguous.
    """

    form = "torch"

    def __init__(
        self,
        path: Path,
        tensors: Mapping[str, TensorInfo],
        mapped: mmap.mmap,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """`metadata` is what the trainer counted: see `Checkpoint`."""
        super().__init__(path, tensors, mapped)
        self._metadata = metadata or {}

    @property
    def metadata(self) -> Mapping[str, str]:
        return self._metadata

    @classmethod
    def open(cls, path: Path) -> Self:
        """The file at `path`, with every tensor known to lie inside it.

        Raises:
            WeightsError: it is missing, not a checkpoint, damaged, or its pickle asks for more than tensors.
        """
        found, mapped = map_file(path, lambda read, size: read_checkpoint(read, size, Scope.WHOLE))
        return cls(path, found.tensors, mapped, found.metadata)


@dataclass(frozen=True)
class Checkpoint:
    """What a torch checkpoint holds."""

    tensors: Mapping[str, TensorInfo]
    """By name, sorted by name."""
    metadata: Mapping[str, str]
    """`epoch` and `global_step`, if the trainer saved them: they tell Stable Diffusion 2.0-base from its successors."""


def read_checkpoint(read: ReadAt, file_size: int, scope: Scope) -> Checkpoint:
    """Where the tensors of a torch checkpoint lie, and how long it was trained.

    Args:
        read: reads bytes (`begin, size`) of the file, which may be far away.
        file_size: of the whole file.
        scope: with `Scope.HEADERS` the places are lower bounds, right only as far as sizes go.

    Raises:
        WeightsError: it is not a checkpoint, damaged, or its pickle asks for more than tensors.
    """
    saved, places = read_saved(read, file_size, scope)
    tensors = {name: placed(name, tensor, places, file_size) for name, tensor in state_dict(saved).items()}
    return Checkpoint(tensors, counters(saved))


def torch_tensors(read: ReadAt, file_size: int, scope: Scope) -> Mapping[str, TensorInfo]:
    """The tensors of `read_checkpoint`.

    Raises:
        WeightsError: it is not a checkpoint, damaged, or its pickle asks for more than tensors.
    """
    return read_checkpoint(read, file_size, scope).tensors


def read_saved(
    read: ReadAt, file_size: int, scope: Scope, modules: Set[str] = frozenset()
) -> tuple[object, Mapping[str, int]]:
    """What was saved, whatever it is, and where in the file each storage begins, by its key.

    Args:
        read: reads bytes (`begin, size`) of the file.
        file_size: of the whole file.
        scope: with `Scope.HEADERS` the places are lower bounds.
        modules: classes that the pickle may name besides, as in `PickleMachine`.

    Raises:
        WeightsError: it was not written by torch, is damaged, or its pickle asks for more than data.
    """
    reader = read_zip if read(0, len(ZIP_START)) == ZIP_START else read_legacy
    return reader(read, file_size, scope, modules)


def placed(name: str, tensor: StoredTensor, places: Mapping[str, int], file_size: int) -> TensorInfo:
    """Where a tensor lies in the file, given where its storages begin.

    Raises:
        WeightsError: it would end behind the end of the file.
    """
    item_bytes = SIZE_BYTES[tensor.dtype]
    begin = places[tensor.storage.key] + tensor.offset * item_bytes if tensor.span else 0
    end = begin + tensor.span * item_bytes
    if end > file_size:
        raise WeightsError(
            f"tensor {clipped(name)} ends at byte {end:,} of {file_size:,}; the file is damaged: download it again"
        )
    return TensorInfo(tensor.dtype, tensor.shape, begin, end, tensor.strides)
