"""float32 to 8 bits in blocks: whole numbers around 128, and one float16 scale for each block.

onnxruntime's MatMulNBits has a weight as `(number - 128) * scale`; 128 is its zero point where it is given none. Zero
stays exactly zero, weights lie on both sides of it, and a scale of `largest / 127` keeps every weight within half
a step; a zero point for each block would be one byte more in 34 for no measured gain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.weights.narrowing import as_float16

if TYPE_CHECKING:
    import numpy as np

BLOCK_SIZE = 32
"""Neighbours along the inputs of a linear layer that share a scale."""
ZERO_POINT = 128
_LARGEST = 127
_ROUNDING = 1.5 * 2**23
"""A float32 this large has no fraction: adding it rounds to whole numbers, ties to even, as `np.rint` does."""


def in_blocks(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weights in 8 bits: `values ~ (numbers - 128) * scales`, each within half a scale.

    With `scale` the float16 next to `largest / 127` that is not below it, `number = rint(value * (1 / scale)) + 128`
    in float32; all numbers of a block of zeros are 128, its scale is 0.

    Args:
        values: contiguous float32, flat, finite, of magnitude up to `LARGEST_FLOAT16`; a whole number of blocks.

    Returns:
        The numbers, uint8 `(len(values),)`, from 1 to 255; the scales, float16 `(len(values) / BLOCK_SIZE,)`.
    """
    import numpy as np

    blocks = values.reshape(-1, BLOCK_SIZE)
    largest = _largest(blocks)
    scales = _rounded_up(largest / np.float32(_LARGEST), largest)
    wide = scales.astype(np.float32)
    inverse = np.divide(1, wide, out=np.zeros_like(wide), where=wide != 0)
    moved = blocks * inverse[:, None]
    moved += np.float32(_ROUNDING + ZERO_POINT)
    # The lowest byte of such a float is the lowest byte of the whole number.
    numbers = moved.view(np.uint32).astype(np.uint8)
    return numbers.reshape(-1), scales


def from_blocks(numbers: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """The float32 weights that runtimes make of `in_blocks`, flat."""
    import numpy as np

    centred = numbers.reshape(-1, BLOCK_SIZE).astype(np.float32) - np.float32(ZERO_POINT)
    weights: np.ndarray = (centred * scales.reshape(-1, 1).astype(np.float32)).reshape(-1)
    return weights


def _largest(blocks: np.ndarray) -> np.ndarray:
    """The largest magnitude of each block; halving is a tenth faster than `max(axis=1)`, which reduces 32 at a time."""
    import numpy as np

    found: np.ndarray = np.abs(blocks)
    while found.shape[1] > 1:
        half = found.shape[1] // 2
        found = np.maximum(found[:, :half], found[:, half:])
    return found.reshape(-1)


def _rounded_up(scales: np.ndarray, largest: np.ndarray) -> np.ndarray:
    """Positive scales in float16, none so small that `largest` would be beyond 127 of them.

    Below 2^-14 float16 has few digits: rounded to the nearest, a block of weights below 1e-3 could lose its largest.
    """
    import numpy as np

    halves = as_float16(scales)
    halves.view(np.uint16)[...] += halves.astype(np.float32) * np.float32(_LARGEST) < largest
    return halves
