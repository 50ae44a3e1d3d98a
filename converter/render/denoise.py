"""The loop: what the UNet predicts, guided, taken from the latents step by step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from converter.render.job import Array
from converter.render.schedule import Schedule

Predict = Callable[[Mapping[str, Array]], Array]
"""The UNet: its inputs by name to `out_sample`."""


@dataclass(frozen=True)
class Kept:
    """An image that is there already, as latents."""

    latents: Array
    """(1, 4, h, w), in the scale of the UNet."""
    mask: Array | None = None
    """(1, 1, h, w): 0 where the image stays; `None` where all of it may change."""
    masked: Array | None = None
    """(1, 4, h, w): the latents of the image without what is masked, for UNets that take them as channels."""


@dataclass(frozen=True)
class Plan:
    """All that the loop takes, but for the UNet."""

    noise: Array
    """Standard normal, (1, 4, h, w)."""
    conditions: Mapping[str, Array]
    """Inputs of the UNet that stay the same, one row or two of each."""
    guidance: float
    kept: Kept | None
    is_pure_noise: bool
    """Whether it begins with nothing of the image that is kept."""


def denoise(predict: Predict, schedule: Schedule, plan: Plan, on_step: Callable[[int, int], object]) -> Array:
    """The latents at the end, (1, 4, h, w), in the scale of the UNet.

    Args:
        predict: the UNet.
        schedule: fresh; it is used up.
        plan: what to begin with and what to keep.
        on_step: called with the number of steps done and of all.
    """
    latents, total = _beginning(schedule, plan), len(schedule.timesteps)
    for number, time in enumerate(schedule.timesteps):
        on_step(number, total)
        latents = schedule.step(_prediction(predict, plan, schedule.scaled(latents, number), time), latents, number)
        if plan.kept is not None and plan.kept.mask is not None and plan.kept.masked is None:
            latents = _with_kept(latents, plan.kept.mask, _kept_before(schedule, plan.kept, plan.noise, number + 1))
    on_step(total, total)
    return latents


def _beginning(schedule: Schedule, plan: Plan) -> Array:
    if plan.kept is None or plan.is_pure_noise:
        return schedule.pure_noise(plan.noise)
    return schedule.noised(plan.kept.latents, plan.noise, 0)


def _prediction(predict: Predict, plan: Plan, sample: Array, time: float) -> Array:
    """What the UNet makes of one step; with two rows of conditions, prompt and negative one are weighed.

    Classifier-free guidance, https://arxiv.org/abs/2207.12598: `negative + guidance * (prompt - negative)`.
    """
    if plan.kept is not None and plan.kept.mask is not None and plan.kept.masked is not None:
        sample = np.concatenate([sample, plan.kept.mask, plan.kept.masked], axis=1)
    rows = len(plan.conditions["encoder_hidden_states"])
    inputs = {"sample": np.repeat(sample, rows, axis=0), "timestep": np.asarray(time, np.float32)}
    predicted = predict({**inputs, **plan.conditions})
    if rows == 1:
        return predicted
    negative, positive = predicted[:1], predicted[1:]
    return negative + np.float32(plan.guidance) * (positive - negative)


def _kept_before(schedule: Schedule, kept: Kept, noise: Array, number: int) -> Array:
    """The image that is kept with the noise that it has before a step; behind the last one it has none."""
    return kept.latents if number == len(schedule.timesteps) else schedule.noised(kept.latents, noise, number)


def _with_kept(latents: Array, mask: Array, kept: Array) -> Array:
    # As the inpainting pipeline of diffusers does it for UNets with four channels.
    blended: Array = (1 - mask) * kept + mask * latents
    return blended
