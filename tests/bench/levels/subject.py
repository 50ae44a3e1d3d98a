"""The model that is converted at every level: seeded random weights in Stable Diffusion 1.5's shapes, or tiny ones."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from converter.graphs import Component
from tests.bench.levels.settings import Settings
from tests.support.components import PARTS, component_of
from tests.support.family_components import family_component
from tests.support.sd1_models import Sd1, pico, sd15, write_folder

Array = np.ndarray[Any, Any]

END_OF_TEXT = 49407
"""Token of CLIP; it pools where that is."""


def model_of(settings: Settings) -> Sd1:
    """Configs of its parts, and tensors made one at a time."""
    return sd15() if settings.subject == "sd15" else _tiny()


def _tiny() -> Sd1:
    """With a VAE as deep as the real one: optimum runs what it exported on images of 512 x 512."""
    deep = {
        "block_out_channels": [32, 32, 32, 64],
        "down_block_types": ["DownEncoderBlock2D"] * 4,
        "up_block_types": ["UpDecoderBlock2D"] * 4,
    }
    model = pico()
    return replace(model, configs={**model.configs, "vae": {**model.configs["vae"], **deep}})


def source_of(settings: Settings, work: Path) -> Path:
    """The diffusers folder, in the names of transformers 4, which optimum reads; made when it is not there."""
    folder = work / f"{settings.subject}-source"
    if not folder.exists():
        print(f"making {folder.name}: a diffusers folder with random weights", flush=True)
        partial = work / "source.partial"
        shutil.rmtree(partial, ignore_errors=True)
        write_folder(model_of(settings), partial).rename(folder)
    return folder


def components_of(settings: Settings, architecture: str) -> Mapping[str, Component]:
    """The graphs of `sd1`, which is converted, or of `sdxl`, whose sizes are computed."""
    if architecture == "sd1":
        return {kind.value: component_of(model_of(settings), kind) for kind in PARTS}
    kinds = [kind for kind in type(next(iter(PARTS))) if kind.value in _XL]
    real = settings.subject == "sd15"
    return {kind.value: family_component(architecture, kind, real_size=real) for kind in kinds}


_XL = ("text_encoder", "text_encoder_2", "unet", "vae_encoder", "vae_decoder")


def write_inputs(settings: Settings, folder: Path) -> Mapping[str, Path]:
    """Component to a file of its inputs by name: one prompt, one image; float32 and int64, seeded."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for component, arrays in _inputs(settings).items():
        files[component] = folder / f"{component}.npz"
        np.savez(files[component], **arrays)
    return files


def _inputs(settings: Settings) -> dict[str, dict[str, Array]]:
    random, size = np.random.default_rng(0), settings.latent
    ids = random.integers(0, END_OF_TEXT, (1, 77))
    ids[:, -1] = END_OF_TEXT
    width = int(model_of(settings).configs["unet"]["cross_attention_dim"])
    latents = random.standard_normal((1, 4, size, size), dtype=np.float32)
    states = random.standard_normal((1, 77, width), dtype=np.float32)
    image = random.standard_normal((1, 3, size * 8, size * 8), dtype=np.float32)
    return {
        "text_encoder": {"input_ids": ids},
        # A whole number, because optimum's graph takes no other.
        "unet": {"sample": latents, "timestep": np.array([481]), "encoder_hidden_states": states},
        "vae_encoder": {"sample": image},
        "vae_decoder": {"latent_sample": latents},
    }
