"""Orthogonal blocks from their generators, as OFT learns them.

Source: https://arxiv.org/abs/2306.07280 (Cayley's parametrisation); the constraint:
https://github.com/kohya-ss/sd-scripts/blob/48d368fa557731ad0488c07304dfeba8c07910eb/networks/oft.py, Apache-2.0
"""

import numpy as np

from converter.blend.lora.tensors import F32


def rotations(generators: F32, constraint: float | None, strength: float) -> F32:
    """`strength * R + (1 - strength) * I`, where `R = (I + Q) (I - Q)^-1` and `Q = generators - generators^T`.

    Args:
        generators: `(..., size, size)`.
        constraint: `Q` is scaled down to this Frobenius norm, of all blocks together, if it is longer.
        strength: How far to go from the identity.
    """
    # In float64: the blocks are small, and an inverse costs digits.
    q = generators.astype(np.float64)
    q -= q.swapaxes(-1, -2)
    norm = float(np.linalg.norm(q))
    if constraint is not None and norm > constraint:
        q *= constraint / norm
    one = np.eye(q.shape[-1])
    # (I + Q) and (I - Q)^-1 commute, so the inverse may stand on the left.
    turned = np.linalg.solve(one - q, one + q)
    return (strength * turned + (1 - strength) * one).astype(np.float32)
