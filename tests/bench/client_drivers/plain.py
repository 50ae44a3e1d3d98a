"""onnxruntime and nothing around it: sessions, a tokenizer and a scheduler, in the order of the papers.

It goes by what a graph declares: each input is cast to its dtype, outputs are found by name.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.client_drivers.jobs import (
    GUIDANCE,
    SIZE,
    STEPS,
    STRENGTH,
    Array,
    Job,
    left_half,
    noise,
    picture,
    run_jobs,
)

_DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(int32)": "int32", "tensor(int64)": "int64"}


class Release:
    """A release folder, each graph loaded when it is first run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_xl = (folder / "text_encoder_2").exists()
        self._session = cache(self._load)

    def config(self, path: str) -> Any:
        return json.loads((self.folder / path).read_bytes())

    def run(self, graph: str, output: str, **inputs: Any) -> Array:
        session = self._session(graph)
        feed = {port.name: np.asarray(inputs[port.name]).astype(_DTYPES[port.type]) for port in session.get_inputs()}
        return np.asarray(session.run([output], feed)[0]).astype(np.float32)

    def _load(self, graph: str) -> Any:
        import onnxruntime

        return onnxruntime.InferenceSession(self.folder / graph / "model.onnx", providers=["CPUExecutionProvider"])

    def scheduler(self) -> Any:
        config = self.config("scheduler/scheduler_config.json")
        scheduler = getattr(import_module("diffusers"), config["_class_name"]).from_config(config)
        scheduler.set_timesteps(STEPS)
        return scheduler


def make(job: Job) -> tuple[Array, Mapping[str, Any]]:
    """The image that the loop below makes of a release."""
    import torch

    release, scheduler = Release(Path(job.folder)), None
    scheduler = release.scheduler()
    scale = release.config("vae_decoder/config.json")["scaling_factor"]
    conditions, beside = _conditions(release, job.prompt), np.zeros((1, 0, SIZE // 8, SIZE // 8))
    first = STEPS - int(STEPS * STRENGTH) if job.task == "img2img" else 0
    if first and hasattr(scheduler, "set_begin_index"):
        scheduler.set_begin_index(first)
    timesteps, latents = scheduler.timesteps[first:], noise()
    if job.task == "img2img":
        encoded = torch.from_numpy(_encode(release, _pixels(), scale))
        latents = scheduler.add_noise(encoded, latents, timesteps[:1])
    else:
        latents = latents * scheduler.init_noise_sigma
    if job.task == "inpaint":
        mask = _mask()
        kept = _encode(release, _pixels() * (mask < 0.5), scale)
        beside = np.concatenate([mask[:, :, ::8, ::8], kept], axis=1)
    for step in timesteps:
        scaled = np.concatenate([scheduler.scale_model_input(latents, step).numpy(), beside], axis=1)
        predicted = _guided(release, scaled, step, conditions)
        latents = scheduler.step(torch.from_numpy(predicted), step, latents).prev_sample
    pixels = release.run("vae_decoder", "sample", latent_sample=latents.numpy() / scale)
    return (pixels / 2 + 0.5).clip(0, 1).transpose(0, 2, 3, 1), {}


def _guided(release: Release, sample: Array, step: Any, conditions: list[dict[str, Array]]) -> Array:
    without, following = (
        release.run("unet", "out_sample", sample=sample, timestep=float(step), **condition) for condition in conditions
    )
    return without + GUIDANCE * (following - without)


def _conditions(release: Release, prompt: str) -> list[dict[str, Array]]:
    """What the UNet takes beside the latents, for no prompt and for the prompt."""
    if not release.is_xl:
        return [{"encoder_hidden_states": _states(release, "", text, "last_hidden_state")} for text in ("", prompt)]
    sizes = np.array([[SIZE, SIZE, 0, 0, SIZE, SIZE]], np.float32)
    layers = [release.config(f"text_encoder{ending}/config.json")["num_hidden_layers"] - 1 for ending in ("", "_2")]
    states = np.concatenate(
        [_states(release, e, prompt, f"hidden_states.{n}") for e, n in zip(("", "_2"), layers, strict=True)], axis=-1
    )
    pooled = _states(release, "_2", prompt, "text_embeds")
    asked = {"encoder_hidden_states": states, "text_embeds": pooled, "time_ids": sizes}
    # Stable Diffusion XL takes zeros for no prompt.
    return [{**asked, "encoder_hidden_states": 0 * states, "text_embeds": 0 * pooled}, asked]


def _states(release: Release, ending: str, text: str, output: str) -> Array:
    from transformers import CLIPTokenizer

    tokenizer = CLIPTokenizer.from_pretrained(release.folder / f"tokenizer{ending}")
    ids = tokenizer(text, padding="max_length", max_length=77, truncation=True)["input_ids"]
    return release.run(f"text_encoder{ending}", output, input_ids=[ids])


def _encode(release: Release, pixels: Array, scale: float) -> Array:
    return np.asarray(release.run("vae_encoder", "latent_sample", sample=pixels) * np.float32(scale))


def _pixels() -> Array:
    return np.asarray(picture(), np.float32).transpose(2, 0, 1)[None] / 127.5 - 1


def _mask() -> Array:
    return np.asarray(left_half(), np.float32)[None, None] / 255


if __name__ == "__main__":
    run_jobs(make)
