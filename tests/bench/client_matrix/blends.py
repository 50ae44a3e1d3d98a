"""What onnx-web blends into a release while it runs, and the PyTorch model that must come of it, by plain maths."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from tests.support.family import FamilyModel
from tests.support.inversions import vectors, write_inversion
from tests.support.lora_files.formulas import low_rank
from tests.support.safetensors_files import write_tensors

Array = np.ndarray[Any, Any]
Target = tuple[str, str]
"""Part and layer."""

TOKEN, VECTORS = "goblin", 3
PROMPT = "a painting of goblin-0 goblin-1 goblin-2 in the snow"
_RANK, _ALPHA, _SPREAD = 4, 2.0, 0.1
_TABLES = ("token_embedding", "position_embedding", "text_projection")
"""Weights of two axes that are no layer which a LoRA changes."""
_OF_ATTENTION = ("attn1", "attn2", "ff_net", "proj_in", "proj_out")


def targets(model: FamilyModel) -> dict[Target, tuple[int, ...]]:
    """Every linear layer and convolution of the UNet and the text encoders, with the shape of its weight."""
    return {
        (part, name.removesuffix(".weight")): shape
        for part in model.configs
        if part != "vae"
        for name, shape in model.shapes(part).items()
        if name.endswith(".weight") and len(shape) in (2, 4) and not any(table in name for table in _TABLES)
    }


def attention(model: FamilyModel) -> dict[Target, tuple[int, ...]]:
    """What sd-scripts trains by default, and names by the original layout in XL: attention and feed-forward layers."""
    return {
        (part, layer): shape
        for (part, layer), shape in targets(model).items()
        if part != "unet" or any(word in layer.replace(".", "_") for word in _OF_ATTENTION)
    }


def kohya_name(model: FamilyModel, part: str, layer: str) -> str:
    """As sd-scripts writes it; Stable Diffusion XL numbers its text encoders."""
    first = "lora_te1" if "text_encoder_2" in model.configs else "lora_te"
    prefixes = {"unet": "lora_unet", "text_encoder": first, "text_encoder_2": "lora_te2"}
    return f"{prefixes[part]}_{layer.replace('.', '_')}"


def original_name(model: FamilyModel, part: str, layer: str) -> str:
    """The same with the names of the original layout for the UNet, by LyCORIS' table."""
    from lycoris.utils import convert_diffusers_name_to_compvis

    return str(convert_diffusers_name_to_compvis(kohya_name(model, part, layer)))


def write_lora(
    model: FamilyModel,
    layers: Mapping[Target, tuple[int, ...]],
    path: Path,
    name: Callable[[FamilyModel, str, str], str],
) -> Path:
    """A LoRA of these layers."""
    tensors: dict[str, Array] = {}
    for (part, layer), shape in layers.items():
        key = name(model, part, layer)
        up, down = _pair(part, layer, shape)
        tensors |= {f"{key}.lora_up.weight": up, f"{key}.lora_down.weight": down}
        tensors[f"{key}.alpha"] = np.array(_ALPHA, np.float32)
    return write_tensors(path, tensors)


def merged(model: FamilyModel, layers: Mapping[Target, tuple[int, ...]]) -> FamilyModel:
    """The model with the LoRA in it: `W + alpha / rank * up @ down`, in float64."""
    changed = {}
    for (part, layer), shape in layers.items():
        name = f"{layer}.weight"
        weight = model.tensor(part, name, shape).array().astype(np.float64)
        changed[part, name] = (weight + _ALPHA / _RANK * low_rank(*_pair(part, layer, shape), shape)).astype(np.float32)
    return replace(model, changed={**model.changed, **changed})


def write_goblin(model: FamilyModel, folder: Path) -> Path:
    """A Textual Inversion of three vectors, in the layout that onnx-web names a token for each of."""
    width = int(model.configs["text_encoder"]["hidden_size"])
    made = write_inversion(folder, "emb-params-safetensors", 20 * vectors(VECTORS, width))
    return made.rename(folder / f"{TOKEN}.safetensors")


def _pair(part: str, layer: str, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Up and down of a layer; of a convolution, the kernel belongs to down."""
    random = np.random.default_rng(list(f"{part} {layer}".encode()))
    kernel = (1,) * len(shape[2:])
    up = random.standard_normal((shape[0], _RANK, *kernel)) * _SPREAD
    down = random.standard_normal((_RANK, *shape[1:])) * _SPREAD
    return up.astype(np.float32), down.astype(np.float32)
