"""LoRA files for tiny models, in the names of sd-scripts, made from a seed, and what they must do, in float64."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.safetensors_files import write_tensors

Array = np.ndarray[Any, Any]
Values = Mapping[str, Mapping[str, Array]]
"""Part to parameter name to numbers."""

RANK, ALPHA = 4, 2.0
_LINEAR = ("to_q", "to_k", "to_v", "to_out.0", "q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2")


def changed_layers(values: Values) -> dict[tuple[str, str], tuple[int, ...]]:
    """(part, layer) to the shape of its weight, of all attention in the UNet and all linear layers of the encoders."""
    return {
        (part, name.removesuffix(".weight")): value.shape
        for part, parameters in values.items()
        if part != "vae"
        for name, value in parameters.items()
        if name.endswith(".weight") and name.removesuffix(".weight").endswith(_LINEAR)
    }


def write_kohya_lora(values: Values, path: Path, *, two_encoders: bool) -> Path:
    """Write a LoRA of every layer of `changed_layers`; Stable Diffusion XL numbers its text encoders."""
    first = "lora_te1" if two_encoders else "lora_te"
    prefixes = {"unet": "lora_unet", "text_encoder": first, "text_encoder_2": "lora_te2"}
    tensors: dict[str, Array] = {}
    for (part, layer), shape in changed_layers(values).items():
        name = f"{prefixes[part]}_{layer.replace('.', '_')}"
        up, down = _pair(part, layer, shape)
        tensors |= {f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}
        tensors[f"{name}.alpha"] = np.array(ALPHA, np.float32)
    return write_tensors(path, tensors)


def blended_values(values: Values, weight: float) -> dict[str, dict[str, Array]]:
    """Every parameter with the LoRA in it: `W + weight * alpha / rank * up @ down`."""
    found = {part: {name: v.astype(np.float64) for name, v in own.items()} for part, own in values.items()}
    for (part, layer), shape in changed_layers(values).items():
        up, down = (array.astype(np.float64) for array in _pair(part, layer, shape))
        found[part][f"{layer}.weight"] += weight * ALPHA / RANK * (up @ down)
    return found


def _pair(part: str, layer: str, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Up and down of a layer, `(out, rank)` and `(rank, in)`."""
    random = np.random.default_rng(list(f"{part} {layer}".encode()))
    up, down = random.standard_normal((shape[0], RANK)), random.standard_normal((RANK, shape[1]))
    return up.astype(np.float32) * np.float32(0.1), down.astype(np.float32) * np.float32(0.1)
