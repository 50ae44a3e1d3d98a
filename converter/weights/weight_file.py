"""What every weight file offers, wherever it is and whatever wrote it."""

from collections.abc import Mapping
from typing import Literal, Protocol

from converter.weights.tensors import TensorSource

Form = Literal["safetensors", "torch"]


class WeightFile(TensorSource, Protocol):
    """One file of named tensors. Of a remote one the headers are known; reading a tensor of it is refused."""

    @property
    def name(self) -> str:
        """The file's name, for messages."""
        ...

    @property
    def form(self) -> Form:
        """What wrote it, told from its content."""
        ...

    @property
    def size_bytes(self) -> int:
        """Of the whole file."""
        ...

    @property
    def metadata(self) -> Mapping[str, str]:
        """Free text of the program that wrote it; empty for forms that have none."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...
