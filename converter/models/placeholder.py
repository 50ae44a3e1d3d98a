"""What stands for a tensor while keys are renamed."""

from dataclasses import dataclass
from typing import Any

from converter.models.errors import ModelError


@dataclass(frozen=True)
class Placeholder:
    """Stands for a tensor while diffusers renames it, and sees to it that renaming is all that happens."""

    key: str
    shape: tuple[int, ...]
    """Of the parameter that is made of it."""
    rows: tuple[int, int] | None = None
    """Where only these rows of the tensor are the parameter."""
    transposed: bool = False
    """Where the parameter is the tensor with its two axes swapped."""

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, index: tuple[Any, ...]) -> "Placeholder":
        """`weight[:, :, 0, 0]` of a 1x1 convolution that is really a linear layer; nothing else.

        Raises:
            ModelError: the axes to be dropped are longer than one.
        """
        if index != (slice(None), slice(None)) + (0,) * (self.ndim - 2) or any(axis != 1 for axis in self.shape[2:]):
            raise ModelError(
                f"{self.key} has shape {self.shape}, expected a linear layer or a 1x1 convolution: (out, in[, 1[, 1]])"
            )
        return Placeholder(self.key, self.shape[:2])
