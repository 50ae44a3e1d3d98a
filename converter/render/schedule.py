"""diffusers' schedulers, for arrays of numpy."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from converter.canonical import JsonObject
from converter.render.errors import RenderError
from converter.render.job import Array


class Schedule:
    """One pass through a noise schedule; it is used up by its steps, as the scheduler in it is."""

    def __init__(self, config: JsonObject, steps: int, seed: int, *, strength: float | None = None) -> None:
        """Set it up.

        Args:
            config: the release's `scheduler_config.json`.
            steps: of a whole pass.
            seed: of the noise that some schedulers add in each step.
            strength: how much of the pass is run, its end; `None` for all of it, begun with noise.

        Raises:
            RenderError: diffusers has no such scheduler, or nothing is left of the pass.
        """
        import torch

        self._scheduler = _scheduler(config)
        self._scheduler.set_timesteps(steps)
        self._extra = _extra(self._scheduler, torch.Generator().manual_seed(seed))
        self._timesteps = self._scheduler.timesteps
        if strength is not None:
            self._begin_late(steps, strength)

    @property
    def timesteps(self) -> Sequence[float]:
        """The times of the UNet's runs."""
        return [float(time) for time in self._timesteps]

    def pure_noise(self, noise: Array) -> Array:
        """Standard normal noise as latents to begin with."""
        return noise * np.float32(self._scheduler.init_noise_sigma)

    def noised(self, latents: Array, noise: Array, number: int) -> Array:
        """Latents with as much noise as there is before step `number`."""
        import torch

        times = self._timesteps[number : number + 1]
        return _array(self._scheduler.add_noise(torch.from_numpy(latents), torch.from_numpy(noise), times))

    def scaled(self, latents: Array, number: int) -> Array:
        """Latents as the UNet takes them in step `number`."""
        import torch

        return _array(self._scheduler.scale_model_input(torch.from_numpy(latents), self._timesteps[number]))

    def step(self, prediction: Array, latents: Array, number: int) -> Array:
        """Latents with less noise, by what the UNet has predicted (noise or velocity, as the config says)."""
        import torch

        tensors = torch.from_numpy(prediction), self._timesteps[number], torch.from_numpy(latents)
        return _array(self._scheduler.step(*tensors, **self._extra, return_dict=False)[0])

    def _begin_late(self, steps: int, strength: float) -> None:
        # https://github.com/huggingface/diffusers/blob/v0.39.0/src/diffusers/pipelines/stable_diffusion/pipeline_stable_diffusion_img2img.py
        # `get_timesteps` (Apache-2.0)
        left = min(int(steps * strength), steps)
        if left == 0:
            raise RenderError(
                f"strength {strength:g} of {steps} steps is less than one step, expected at least one; "
                f"raise --strength to {1 / steps:.2g} or more, or --steps"
            )
        begin = (steps - left) * self._scheduler.order
        self._timesteps = self._timesteps[begin:]
        if hasattr(self._scheduler, "set_begin_index"):
            self._scheduler.set_begin_index(begin)


def _scheduler(config: JsonObject) -> Any:  # diffusers ships no types
    import diffusers

    name = str(config.get("_class_name", ""))
    found = getattr(diffusers, name, None) if name.endswith("Scheduler") else None
    if found is None:
        raise RenderError(
            f"scheduler/scheduler_config.json: found the class {name!r}, expected a scheduler of diffusers "
            f"{diffusers.__version__}; is the release newer than this version?"
        )
    # One config serves several classes; diffusers would warn of each field that is for another one.
    known = inspect.signature(found.__init__).parameters
    return found.from_config({key: value for key, value in config.items() if key in known or key.startswith("_")})


def _extra(scheduler: Any, generator: object) -> dict[str, object]:
    known = inspect.signature(scheduler.step).parameters
    return {"generator": generator} if "generator" in known else {}


def _array(tensor: Any) -> Array:
    array: Array = tensor.numpy().astype(np.float32, copy=False)
    return array
