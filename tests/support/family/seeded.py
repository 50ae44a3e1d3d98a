"""Numbers of parameters from a seed: of a size that keeps what flows through a network near one."""

import hashlib
from math import prod

import numpy as np

from tests.support.family.lazy import Array, Lazy

_UNIT = ("class_embedding.weight",)
"""Rows that are added to the embedding of the time, which is of unit size."""


def seeded(seed: int, part: str, name: str, shape: tuple[int, ...], dtype: str) -> Lazy:
    """The parameter `name` of a part: other numbers for each seed, part and name, the same ones on each machine."""

    def make() -> Array:
        digest = hashlib.sha256(f"{seed} {part} {name}".encode()).digest()
        normal = np.random.default_rng(list(digest)).standard_normal(shape, dtype=np.float32)
        return normal * np.float32(_scale(name, shape)) + np.float32(_is_norm(name, shape))

    return Lazy(shape, dtype, make)


def _scale(name: str, shape: tuple[int, ...]) -> float:
    if name.endswith("bias"):
        return 0.02
    if name.endswith(_UNIT):
        return 1
    if name.endswith(("token_embedding.weight", "position_embedding.weight")):
        return 0.02  # what CLIP starts its training with: a layer norm follows
    return 0.05 if _is_norm(name, shape) else 1 / float(np.sqrt(prod(shape[1:])))


def _is_norm(name: str, shape: tuple[int, ...]) -> bool:
    """Whether it is the factor of a norm, which is near one."""
    return len(shape) == 1 and not name.endswith("bias")
