"""Open a weight file by what it is, whatever its name says."""

from pathlib import Path

from converter.weights.form import FORM_BYTES, form_of
from converter.weights.mapped_file import MappedFile
from converter.weights.safetensors_file import SafetensorsFile
from converter.weights.torch_file import TorchFile


def open_weights(path: Path) -> MappedFile:
    """The safetensors file or torch checkpoint at `path`.

    Raises:
        WeightsError: it is neither, or damaged, or its pickle asks for more than tensors.
    """
    return TorchFile.open(path) if is_torch(path) else SafetensorsFile.open(path)


def is_torch(path: Path) -> bool:
    """Whether the file begins as those of `torch.save` do."""
    return form_of(_start(path)) == "torch"


def _start(path: Path) -> bytes:
    try:
        if not path.is_file():
            return b""
        with path.open("rb") as stream:
            return stream.read(FORM_BYTES)
    except (OSError, ValueError):
        return b""  # what is wrong is said by who opens it next
