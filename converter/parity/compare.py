"""How far two computations of the same thing are apart, and how far they may be. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, log10
from typing import TYPE_CHECKING, Any

from converter.parity.errors import ParityError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Limits:
    """What every component of a release must keep."""

    max_abs: float | None
    """`None` where it says nothing: what float16 rounds off grows with the numbers."""
    psnr_db: float

    def __str__(self) -> str:
        largest = "" if self.max_abs is None else f"at most {self.max_abs:g} and "
        return f"{largest}at least {self.psnr_db:g} dB"

    def as_record(self) -> dict[str, float]:
        """What the manifest says of them."""
        largest = {} if self.max_abs is None else {"max_abs": self.max_abs}
        return {**largest, "psnr_db": self.psnr_db}


LIMITS: Mapping[str, Limits] = {
    "fp32": Limits(max_abs=1e-3, psnr_db=100.0),
    "fp16-internal": Limits(max_abs=None, psnr_db=50.0),
    "fp16": Limits(max_abs=None, psnr_db=50.0),
    # Apple's converter lets palettised and quantised models pass from 35 dB on (apple/ml-stable-diffusion).
    "int8": Limits(max_abs=None, psnr_db=40.0),
}
"""By precision of a component: one that stays float32 in a float16 release keeps the limits of `fp32`."""


@dataclass(frozen=True)
class Difference:
    """How far apart the outputs of one run are; the worst of all outputs."""

    max_abs: float
    psnr_db: float
    """Infinite when they are equal to the last bit."""

    def within(self, limits: Limits) -> bool:
        """Whether both figures keep the limits; NaN keeps none."""
        near = limits.max_abs is None or self.max_abs <= limits.max_abs
        return near and self.max_abs < inf and self.psnr_db >= limits.psnr_db


def difference(actual: Array, expected: Array, name: str) -> Difference:
    """Compare one output with its reference.

    `psnr_db = 20 log10(max|expected| / rms(actual - expected))`, the peak being the reference's own.

    Raises:
        ParityError: they have different shapes, or one is not finite; `name` is the output's.
    """
    import numpy as np

    if actual.shape != expected.shape:
        raise ParityError(f"output {name} has shape {actual.shape}, PyTorch's has {expected.shape}; report this")
    for array, whose in ((actual, "onnxruntime"), (expected, "PyTorch")):
        if not np.isfinite(array).all():
            raise ParityError(
                f"output {name} of {whose} is NaN or infinite, expected finite numbers on inputs of normal scale; "
                "the model's weights overflow, use another one"
            )
    error = actual.astype(np.float64) - expected.astype(np.float64)
    rms, peak = float(np.sqrt(np.mean(error**2))), float(np.max(np.abs(expected)))
    if rms == 0:
        return Difference(0.0, inf)
    return Difference(float(np.max(np.abs(error))), 20 * log10(peak / rms) if peak else -inf)


def worst(differences: Sequence[Difference]) -> Difference:
    """The largest error and the lowest ratio of several outputs."""
    return Difference(max(d.max_abs for d in differences), min(d.psnr_db for d in differences))
