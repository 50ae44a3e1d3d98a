"""The changes that depend on the weight they change: DoRA, (IA)^3, GLoRA, OFT and BOFT.

Each gives the new weight from the old, `(out, in)` and `(out, in)` matrices in float32; each is the old weight where
its strength is 0.

Sources: DoRA https://arxiv.org/abs/2402.09353, (IA)^3 https://arxiv.org/abs/2205.05638, GLoRA
https://arxiv.org/abs/2306.07967, OFT https://arxiv.org/abs/2306.07280, BOFT https://arxiv.org/abs/2311.06243; which
axis and which constraint: https://github.com/KohakuBlueleaf/LyCORIS/tree/v4.1.3/lycoris/modules, Apache-2.0
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from converter.blend.lora.blocks import blocks
from converter.blend.lora.deltas import Delta, Rows, rows_of
from converter.blend.lora.rotations import rotations
from converter.blend.lora.tensors import F32, Stored

F64: TypeAlias = npt.NDArray[np.float64]
Axis: TypeAlias = Literal["out", "in"]


@dataclass(frozen=True)
class Decomposed:
    """DoRA: `M * (W + scale * delta) / norm(W + scale * delta)`, then from `W` to that by the strength."""

    delta: Delta
    scale: float
    magnitude: Stored
    axis: Axis
    """What each magnitude belongs to: an output row, or an input channel."""
    channels: int
    """Input channels: `in` without height and width."""

    def apply(self, weight: F32, strength: float) -> F32:
        """The new weight, in an array of its own."""
        out = np.empty_like(weight)
        rows, magnitude = rows_of(self.delta), self.magnitude.read().reshape(-1)
        factors = None if self.axis == "out" else self._input_factors(weight, rows, magnitude)
        for block in blocks(weight.shape):
            merged = self._merged(weight, rows, block)
            if factors is None:
                merged *= _ratio(magnitude[block], _squares(merged))[:, None]
            else:
                merged *= factors
            # Not W + strength * (merged - W): at a strength of 1 this is `merged` without a rounding.
            merged *= np.float32(strength)
            np.add(np.float32(1 - strength) * weight[block], merged, out=out[block])
        return out

    def _merged(self, weight: F32, rows: Rows, block: slice) -> F32:
        merged = rows(block)
        merged *= np.float32(self.scale)
        merged += weight[block]
        return merged

    def _input_factors(self, weight: F32, rows: Rows, magnitude: F32) -> F32:
        squares = np.zeros(self.channels)
        for block in blocks(weight.shape):
            merged = self._merged(weight, rows, block).reshape(-1, self.channels, weight.shape[1] // self.channels)
            squares += np.einsum("oik,oik->i", merged, merged, dtype=np.float64)
        return np.repeat(_ratio(magnitude, squares), weight.shape[1] // self.channels)


@dataclass(frozen=True)
class ChannelFactors:
    """(IA)^3: each channel of the weight times `1 + strength * factor`."""

    factors: Stored
    axis: Axis

    def apply(self, weight: F32, strength: float) -> F32:
        """The new weight, in an array of its own."""
        factors = np.float32(1) + np.float32(strength) * self.factors.read().reshape(-1)
        if self.axis == "in":
            return weight * np.repeat(factors, weight.shape[1] // len(factors))
        return weight * factors[:, None]


@dataclass(frozen=True)
class Generalised:
    """GLoRA: `W + strength * scale * (W @ a1 @ a2 + b1 @ b2)`, the first product over the input channels."""

    a: tuple[Stored, Stored]
    """`(channels, rank)` and `(rank, channels)`."""
    b: Delta
    scale: float

    def apply(self, weight: F32, strength: float) -> F32:
        """The new weight, in an array of its own."""
        a1, a2 = (stored.matrix() for stored in self.a)
        rows, out = rows_of(self.b), np.empty_like(weight)
        for block in blocks(weight.shape):
            change = rows(block)
            change += _over_channels(weight[block], a1, a2)
            change *= np.float32(strength * self.scale)
            np.add(weight[block], change, out=out[block])
        return out


@dataclass(frozen=True)
class Rotated:
    """OFT and BOFT: orthogonal blocks times the rows of the weight, then a factor for each row.

    Both go from the identity to themselves by the strength, as LyCORIS does it with the blocks; LyCORIS does not scale
    the factors, so that its strength of 0 is not the old weight.
    """

    blocks: Stored
    constraint: float | None
    """The largest norm of the blocks' generators; `None` is no limit."""
    rescale: Stored | None
    butterfly: bool

    def apply(self, weight: F32, strength: float) -> F32:
        """The new weight, in an array of its own."""
        turns = rotations(self.blocks.read(), self.constraint, strength)
        if self.butterfly:
            turned = weight
            for stage, turn in enumerate(turns):
                turned = _butterfly(turned, turn, stage)
        else:
            count, size = turns.shape[:2]
            # The blocks stand on the right of a row vector, so it is their transpose that meets the rows.
            turned = np.matmul(turns.transpose(0, 2, 1), weight.reshape(count, size, -1)).reshape(weight.shape)
        if self.rescale is not None:
            factors = np.float32(1) + np.float32(strength) * (self.rescale.read().reshape(-1) - np.float32(1))
            turned *= factors[:, None]
        return turned


Rewrite: TypeAlias = Decomposed | ChannelFactors | Generalised | Rotated


def _squares(rows: F32) -> F64:
    squares: F64 = np.einsum("oi,oi->o", rows, rows, dtype=np.float64)
    return squares


def _ratio(magnitude: F32, squares: F64) -> F32:
    """`magnitude / norm`; 0 where the norm is, and with it all that the ratio is multiplied with."""
    norms: F64 = np.sqrt(squares)
    ratio: F64 = np.divide(magnitude, norms, out=np.zeros_like(norms), where=norms > 0)
    return ratio.astype(np.float32)


def _over_channels(weight: F32, a1: F32, a2: F32) -> F32:
    channels = len(a1)
    if weight.shape[1] == channels:
        return np.asarray((weight @ a1) @ a2, np.float32)
    narrow = np.matmul(a1.T, weight.reshape(len(weight), channels, -1))
    return np.asarray(np.matmul(a2.T, narrow), np.float32).reshape(weight.shape)


def _butterfly(weight: F32, turn: F32, stage: int) -> F32:
    """One stage of a butterfly: rows `2**stage * size` apart are brought together, turned, and put back."""
    count, size = turn.shape[:2]
    apart = 2**stage * (size // 2)
    together = weight.reshape(-1, 2, apart, weight.shape[1]).swapaxes(1, 2).reshape(count, size, -1)
    turned: F32 = np.matmul(turn, together).reshape(-1, apart, 2, weight.shape[1])
    return np.ascontiguousarray(turned.swapaxes(1, 2)).reshape(weight.shape)
