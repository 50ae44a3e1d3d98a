"""A parameter's new value: all that several LoRAs do to it, in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

import numpy as np

from converter.blend.errors import BlendError
from converter.blend.lora.blocks import blocks
from converter.blend.lora.deltas import Delta, LowRank, rows_of
from converter.blend.lora.rewrites import Rewrite
from converter.blend.lora.targets import Part, Shape
from converter.blend.lora.tensors import F32
from converter.weights import WeightsError, check_finite


@dataclass(frozen=True)
class Added:
    """`W + strength * scale * delta`."""

    delta: Delta
    scale: float
    """What the file says: alpha / rank, and LyCORIS' scalar."""


@dataclass(frozen=True)
class Change:
    """What one LoRA does to one parameter."""

    part: Part
    parameter: str
    """In diffusers' words, with `.weight` or `.bias`."""
    shape: Shape
    """Of the parameter."""
    what: Added | Rewrite
    strength: float
    """What the entry asks for, times the block's weight; 0 changes nothing."""


_Additions: TypeAlias = list[tuple[Added, float]]


def apply_changes(base: F32, changes: Sequence[Change]) -> F32:
    """The new value of a parameter, in an array of its own.

    Changes that only add are added together, low-rank ones in a single product of matrices. Memory: the result, at most
    one more array of its size, and the factors of the changes.

    Args:
        base: The parameter, float32, in the shape that each change has.
        changes: In the order in which they are blended.

    Raises:
        BlendError: `base` has another dtype or shape than the changes are for, or a tensor or the result holds NaN or
            an infinity.
    """
    _require_matched(base, changes)
    flat = np.ascontiguousarray(base).reshape(base.shape[0], -1)
    active = [change for change in changes if change.strength]
    if not active:
        return base.copy()
    with np.errstate(over="ignore", invalid="ignore"):  # looked for once, in the result
        result = _changed(flat, active)
    try:
        check_finite(result, f"{changes[0].part}: {changes[0].parameter}")
    except WeightsError as error:
        raise BlendError(f"blended: {error}") from error
    return result.reshape(base.shape)


def _require_matched(base: F32, changes: Sequence[Change]) -> None:
    for change in changes:
        if base.dtype != np.float32 or base.shape != change.shape:
            raise BlendError(
                f"the {change.part}'s {change.parameter} is {base.dtype.name} {list(base.shape)}, expected float32 "
                f"{list(change.shape)} as the LoRA was matched with; match it with the model that is converted"
            )


def _changed(weight: F32, changes: Sequence[Change]) -> F32:
    result = weight
    for adds, group in groupby(changes, key=lambda change: isinstance(change.what, Added)):
        if adds:
            result = _added(result, [(c.what, c.strength) for c in group if isinstance(c.what, Added)])
            continue
        for change in group:
            if not isinstance(change.what, Added):
                result = change.what.apply(result, change.strength)
    return result


def _added(weight: F32, additions: _Additions) -> F32:
    """`weight + sum(strength * scale * delta)`."""
    result = np.empty_like(weight)
    low_rank = [(a.delta, a.scale * strength) for a, strength in additions if isinstance(a.delta, LowRank)]
    others = [(a.delta, a.scale * strength) for a, strength in additions if not isinstance(a.delta, LowRank)]
    if low_rank:
        # Straight into the result: one product at full speed, and no array for the change.
        np.matmul(*_one_product(low_rank), out=result)
        result += weight
    else:
        result[...] = weight
    for delta, factor in others:
        rows = rows_of(delta)
        for block in blocks(weight.shape):
            change = rows(block)
            change *= np.float32(factor)
            result[block] += change
    return result


def _one_product(pairs: list[tuple[LowRank, float]]) -> tuple[F32, F32]:
    """`[up_1 * factor_1, up_2 * factor_2, ...]` and `[down_1; down_2; ...]`."""
    factors = [(pair.factors(), np.float32(factor)) for pair, factor in pairs]
    up = np.concatenate([up * factor for (up, _), factor in factors], axis=1)
    down = np.concatenate([down for (_, down), _ in factors], axis=0)
    return up, down
