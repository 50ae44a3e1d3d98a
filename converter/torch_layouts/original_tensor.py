"""A tensor of an original checkpoint, and what it is made of."""

from dataclasses import dataclass


@dataclass(frozen=True)
class OriginalTensor:
    """`value(key) == concatenate([parameter for parameter in names])`, each with its axes swapped if `transposed`."""

    key: str
    shape: tuple[int, ...]
    """As the checkpoint has it; trailing axes of length one move no number."""
    names: tuple[str, ...]
    """The parameters, in diffusers' words, one below the other."""
    transposed: bool = False
