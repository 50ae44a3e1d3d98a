"""Open a weight file by what it is, whatever its name says."""

from pathlib import Path

from converter.weights.header import LENGTH_BYTES, MAX_HEADER_BYTES
from converter.weights.mapped_file import MappedFile
from converter.weights.safetensors_file import SafetensorsFile
from converter.weights.torch_file import PICKLE_STARTS, ZIP_START, TorchFile


def open_weights(path: Path) -> MappedFile:
    """The safetensors file or torch checkpoint at `path`.

    Raises:
        WeightsError: it is neither, or damaged, or its pickle asks for more than tensors.
    """
    return TorchFile.open(path) if _is_torch(_start(path)) else SafetensorsFile.open(path)


def _start(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            return stream.read(LENGTH_BYTES + 1)
    except (OSError, ValueError):
        return b""  # what is wrong is said by who opens it next


def _is_torch(start: bytes) -> bool:
    if start.startswith(ZIP_START):
        return True
    # A safetensors header of 640 bytes begins with 80 02, as a pickle does; behind its length is a brace.
    size = int.from_bytes(start[:LENGTH_BYTES], "little")
    safetensors = start[LENGTH_BYTES:] == b"{" and size <= MAX_HEADER_BYTES
    return start.startswith(PICKLE_STARTS) and not safetensors
