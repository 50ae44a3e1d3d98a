"""The papers' formulas in float64."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


def low_rank(up: Array, down: Array, shape: tuple[int, ...]) -> Array:
    """`up @ down` in the shape of the weight; the axes of a kernel belong to `down`."""
    product = up.astype(np.float64).reshape(len(up), -1) @ down.astype(np.float64).reshape(len(down), -1)
    return product.reshape(shape)


def tucker(core: Array, up: Array, down: Array) -> Array:
    """`sum_mn core[m, n] * up[o, m] * down[n, i]`, for each place of the kernel."""
    return np.einsum("mnhw,om,ni->oihw", core.astype(np.float64), up.astype(np.float64), down.astype(np.float64))


def rotation(generators: Array) -> Array:
    """Cayley's: `(I + Q) (I - Q)^-1` of `Q = G - G^T`."""
    q = generators.astype(np.float64) - generators.astype(np.float64).swapaxes(-1, -2)
    one = np.eye(q.shape[-1])
    return (one + q) @ np.linalg.inv(one - q)


def decomposed(weight: Array, change: Array, magnitude: Array) -> Array:
    """DoRA with a magnitude for each output."""
    new = weight.astype(np.float64) + change
    norms = np.sqrt((new.reshape(len(new), -1) ** 2).sum(1))
    return new * (magnitude.astype(np.float64).reshape(-1) / norms).reshape(-1, *(1 for _ in new.shape[1:]))
