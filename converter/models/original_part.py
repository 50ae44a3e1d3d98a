"""The tensors of one part of an original checkpoint, by their shapes alone."""

from dataclasses import dataclass
from itertools import count

from converter.models.errors import ModelError
from converter.models.signatures import Shapes


@dataclass(frozen=True)
class OriginalPart:
    """The tensors whose keys begin with `prefix`; names below are without it."""

    shapes: Shapes
    prefix: str
    where: str
    """Names the checkpoint in messages."""

    def has(self, name: str) -> bool:
        """Whether there is such a tensor."""
        return self.prefix + name in self.shapes

    def shape(self, name: str, *axes: int) -> tuple[int, ...]:
        """The shape of a tensor that must be there, none of it zero, with one of these numbers of axes.

        Raises:
            ModelError: it is missing, or has other axes.
        """
        key = self.prefix + name
        if key not in self.shapes:
            raise ModelError(f"{self.where}: missing parameter {key}; expected a whole checkpoint of Stable Diffusion")
        shape = self.shapes[key]
        if len(shape) not in axes or not all(shape):
            raise ModelError(
                f"{self.where}: {key} has shape {shape}, expected {' or '.join(map(str, axes))} axes, none of them "
                "empty; the file is damaged or no checkpoint of Stable Diffusion"
            )
        return shape

    def counted(self, pattern: str) -> int:
        """How many of `pattern.format(0)`, `pattern.format(1)`, … are there without a gap."""
        return next(number for number in count() if not self.has(pattern.format(number)))
