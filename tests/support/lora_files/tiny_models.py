"""UNets and text encoders of each architecture, made from a seed by diffusers and transformers, as small as they go."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from converter.blend.lora import Part, Targets

if TYPE_CHECKING:
    from torch.nn import Module

Array = np.ndarray[Any, Any]

_TEXT = {
    "vocab_size": 20, "intermediate_size": 80, "num_hidden_layers": 2, "num_attention_heads": 2,
    "max_position_embeddings": 8, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1,
}  # fmt: skip
_UNET = {
    "sample_size": 8, "block_out_channels": (32, 64), "layers_per_block": 2, "norm_num_groups": 8,
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"), "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
}  # fmt: skip
_ARCHITECTURES: Mapping[str, tuple[str, Mapping[str, Any], Mapping[Part, int]]] = {
    "sd1": ("Stable Diffusion 1.x", {"cross_attention_dim": 48, "attention_head_dim": 8}, {"text_encoder": 48}),
    "sd2": (
        "Stable Diffusion 2.x",
        {"cross_attention_dim": 40, "attention_head_dim": (4, 8), "use_linear_projection": True},
        {"text_encoder": 40},
    ),
    "sdxl": (
        "Stable Diffusion XL",
        {
            "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
            "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"),
            "transformer_layers_per_block": (1, 2),
            "cross_attention_dim": 88,
            "attention_head_dim": (4, 8),
            "use_linear_projection": True,
            "addition_embed_type": "text_time",
            "addition_time_embed_dim": 8,
            "projection_class_embeddings_input_dim": 96,
        },
        {"text_encoder": 48, "text_encoder_2": 40},
    ),
}
ARCHITECTURES = tuple(_ARCHITECTURES)


@dataclass(frozen=True)
class TinyModel:
    """The parts of a model that a LoRA may change."""

    key: str
    """`sd1`, `sd2` or `sdxl`."""
    title: str
    modules: Mapping[Part, Module]

    @cached_property
    def base(self) -> Mapping[Part, Mapping[str, Array]]:
        """Every parameter, float32, by the name that the converter uses."""
        return {
            part: {self.name(part, name): value.detach().numpy() for name, value in module.named_parameters()}
            for part, module in self.modules.items()
        }

    @cached_property
    def targets(self) -> Targets:
        """One object, which keeps the names of its layers in every spelling."""
        shapes = {part: {name: value.shape for name, value in base.items()} for part, base in self.base.items()}
        return Targets(self.title, shapes)

    def name(self, part: Part, module: str) -> str:
        """transformers 5 has lost `text_model.` in the encoder without a projection."""
        lost = part != "unet" and not module.startswith(("text_model.", "text_projection"))
        return f"text_model.{module}" if lost else module

    def layers(self, part: Part, want: Callable[[Module], bool]) -> dict[str, Module]:
        """The layers that are wanted, by the converter's names."""
        return {self.name(part, name): module for name, module in self.modules[part].named_modules() if want(module)}


def tiny_model(key: str, seed: int = 0) -> TinyModel:
    """A new model, whose modules may be changed."""
    from diffusers import UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

    title, unet, texts = _ARCHITECTURES[key]
    modules: dict[Part, Module] = {"unet": UNet2DConditionModel(**{**_UNET, **unet})}
    for part, width in texts.items():
        config = CLIPTextConfig(hidden_size=width, projection_dim=width, **_TEXT)
        kind = CLIPTextModelWithProjection if part == "text_encoder_2" else CLIPTextModel
        modules[part] = kind(config)
    for part, module in modules.items():
        module.eval().requires_grad_(False)
        _fill(module, f"{seed} {key} {part}")
    return TinyModel(key, title, modules)


@cache
def shared_model(key: str) -> TinyModel:
    """The model with seed 0, which nobody may change."""
    return tiny_model(key)


def generator(*words: object) -> np.random.Generator:
    """Random numbers that depend on these words alone."""
    return np.random.default_rng(list(hashlib.sha256(repr(words).encode()).digest()))


def _fill(module: Module, seed: str) -> None:
    import torch

    for name, parameter in module.named_parameters():
        values = generator(seed, name).standard_normal(tuple(parameter.shape), dtype=np.float32)
        parameter.data.copy_(torch.from_numpy(values * 0.2))
