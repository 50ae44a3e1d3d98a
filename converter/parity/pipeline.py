"""How far the images of two pipelines are apart after a few steps, and how far they may be. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from converter.parity.compare import Difference, difference
from converter.parity.errors import ParityError

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class PipelineLimits:
    """What a pipeline must keep: less than each of its components, whose errors every step adds to and guidance scales.

    https://arxiv.org/abs/2207.12598: `negative + guidance * (prompt - negative)`.
    """

    latents_db: float
    """Least PSNR of the latents behind the last step."""
    image_db: float
    """Least PSNR of the image that is decoded from them, before it is cut and rounded to 256 levels."""

    def __str__(self) -> str:
        return f"at least {self.latents_db:g} dB of the latents and {self.image_db:g} dB of the image"

    def as_record(self) -> dict[str, float]:
        """What the manifest says of them."""
        return {"latents_db": self.latents_db, "image_db": self.image_db}


PIPELINE_LIMITS: Mapping[str, PipelineLimits] = {
    "fp32": PipelineLimits(latents_db=80.0, image_db=70.0),
    "fp16-internal": PipelineLimits(latents_db=35.0, image_db=35.0),
    "fp16": PipelineLimits(latents_db=35.0, image_db=35.0),
    "int8": PipelineLimits(latents_db=30.0, image_db=30.0),
}
"""By precision of a release; the same keys as `compare.LIMITS`. Tiny models of random weights have 122 dB and more in
fp32, 63 to 68 in fp16, 43 to 51 in int8; classifier-free guidance makes errors larger, so they are generous."""


_OTHER = "the reference"


@dataclass(frozen=True)
class PipelineMeasurement:
    """One image made twice, from the same noise and the same prompts."""

    settings: Mapping[str, str]
    """How it was made, in words: prompts, seed, steps, size, scheduler."""
    latents: Difference
    """Behind the last step, in the scale of the UNet."""
    image: Difference
    """As the decoder gave it, about -1 to 1."""

    def __str__(self) -> str:
        return f"latents {_said(self.latents)}, image {_said(self.image)}"


@dataclass(frozen=True)
class Drawn:
    """What a pipeline made: latents (1, 4, h, w) and the image of them (1, 3, height, width), float32."""

    latents: Array
    image: Array


def compare_pipelines(settings: Mapping[str, str], ours: Drawn, expected: Drawn) -> PipelineMeasurement:
    """Compare what two pipelines made.

    Raises:
        ParityError: their shapes differ, or a number is not finite.
    """
    return PipelineMeasurement(
        settings,
        difference(ours.latents, expected.latents, "latents of the pipeline", reference=_OTHER),
        difference(ours.image, expected.image, "image of the pipeline", reference=_OTHER),
    )


def require_pipeline_within(measured: PipelineMeasurement, precision: str, reference: str) -> None:
    """Check that a pipeline keeps the limits of a precision.

    Args:
        measured: what was found.
        precision: of the release.
        reference: what it was compared with, in words.

    Raises:
        ParityError: with the figures and the limits.
    """
    limits = PIPELINE_LIMITS[precision]
    if measured.latents.psnr_db >= limits.latents_db and measured.image.psnr_db >= limits.image_db:
        return
    raise ParityError(
        f"pipeline: after {measured.settings['steps']} steps it differs from {reference}: {measured}; "
        f"expected {limits}, at {precision}, though each component alone keeps its limits. Choose a `precision` with "
        "more bits, or report it; nothing was published"
    )


def _said(found: Difference) -> str:
    return "equal" if found.psnr_db == inf else f"{found.psnr_db:.1f} dB"
