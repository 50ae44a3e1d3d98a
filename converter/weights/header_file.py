"""A weight file of which only the headers are here: enough to say what it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from converter.weights.errors import WeightsError
from converter.weights.form import FORM_BYTES, form_of
from converter.weights.reading import ReadAt
from converter.weights.safetensors_file import read_header
from converter.weights.scope import Scope
from converter.weights.tensors import TensorInfo, find
from converter.weights.torch_file import read_checkpoint
from converter.weights.weight_file import Form

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class HeaderFile:
    """A `WeightFile` whose tensors are known by name, dtype and shape, and cannot be read."""

    name: str
    form: Form
    size_bytes: int
    metadata: Mapping[str, str]
    _tensors: Mapping[str, TensorInfo] = field(repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """All tensor names, sorted."""
        return tuple(self._tensors)

    def info(self, name: str) -> TensorInfo:
        """Dtype and shape of a tensor; of torch files its place is a lower bound.

        Raises:
            WeightsError: there is no tensor of that name.
        """
        return find(self._tensors, name, self.name)

    def read(self, name: str) -> "np.ndarray[Any, Any]":
        """Refuse: the elements are not here.

        Raises:
            WeightsError: always.
        """
        raise WeightsError(f"{self.name}: only its header is here, not the elements of {name!r}; download the file")

    def done(self, name: str) -> None:
        """Nothing was read."""

    def close(self) -> None:
        """Nothing is open."""


def open_headers(name: str, read: ReadAt, size_bytes: int) -> HeaderFile:
    """The safetensors file or torch checkpoint `name`, described by what a few reads of it say.

    Args:
        name: for messages.
        read: reads bytes of the file, which may be far away; what it raises is passed on.
        size_bytes: of the whole file.

    Raises:
        WeightsError: it is neither, or damaged, or its pickle asks for more than tensors.
    """
    try:
        if form_of(read(0, FORM_BYTES)) == "torch":
            found = read_checkpoint(read, size_bytes, Scope.HEADERS)
            return HeaderFile(name, "torch", size_bytes, found.metadata, found.tensors)
        header = read_header(read, size_bytes)
    except WeightsError as error:
        raise WeightsError(f"{name}: {error}") from error
    return HeaderFile(name, "safetensors", size_bytes, header.metadata, header.tensors)
