"""A torch checkpoint on disk as named, memory-mapped tensors; its pickle is read as data and never executed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from converter.weights.dtypes import SIZE_BYTES
from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.mapped_file import MappedFile, map_file
from converter.weights.tensors import TensorInfo
from converter.weights.torch_legacy import read_legacy
from converter.weights.torch_state_dict import state_dict
from converter.weights.torch_tensor import StoredTensor
from converter.weights.torch_zip import read_zip
from converter.weights.zip_directory import ReadAt

ZIP_START = b"PK\x03\x04"
PICKLE_STARTS = tuple(bytes((0x80, protocol)) for protocol in range(1, 6))


class TorchFile(MappedFile):
    """A `TensorSource` over one file of `torch.save`: `.ckpt`, `.pt`, `.pth`, `.bin`, in its zip or its older form.

    Opening reads the pickle and the places of the storages. Tensors may share storages, and need not be contiguous.
    """

    form = "torch"

    @classmethod
    def open(cls, path: Path) -> Self:
        """The file at `path`, with every tensor known to lie inside it.

        Raises:
            WeightsError: it is missing, not a checkpoint, damaged, or its pickle asks for more than tensors.
        """
        tensors, mapped = map_file(path, torch_tensors)
        return cls(path, tensors, mapped)


def torch_tensors(read: ReadAt, file_size: int) -> Mapping[str, TensorInfo]:
    """Where the tensors of a torch checkpoint lie, by name, sorted by name.

    Args:
        read: reads bytes (`begin, size`) of the file, which may be far away.
        file_size: of the whole file.

    Raises:
        WeightsError: it is not a checkpoint, damaged, or its pickle asks for more than tensors.
    """
    reader = read_zip if read(0, len(ZIP_START)) == ZIP_START else read_legacy
    saved, places = reader(read, file_size)
    return {name: _placed(name, tensor, places, file_size) for name, tensor in state_dict(saved).items()}


def _placed(name: str, tensor: StoredTensor, places: Mapping[str, int], file_size: int) -> TensorInfo:
    item_bytes = SIZE_BYTES[tensor.dtype]
    begin = places[tensor.storage.key] + tensor.offset * item_bytes if tensor.span else 0
    end = begin + tensor.span * item_bytes
    if end > file_size:
        raise WeightsError(
            f"tensor {clipped(name)} ends at byte {end:,} of {file_size:,}; the file is damaged: download it again"
        )
    return TensorInfo(tensor.dtype, tensor.shape, begin, end, tensor.strides)
