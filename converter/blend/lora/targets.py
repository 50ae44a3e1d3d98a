"""What a model has for a LoRA to change: layers by part, under every name that trainers give them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

from converter.blend.errors import BlendError
from converter.blend.lora.original_names import original_names

Part: TypeAlias = Literal["unet", "text_encoder", "text_encoder_2"]
"""A component of the pipeline, by its folder name. No LoRA changes a VAE."""

Shape: TypeAlias = tuple[int, ...]


@dataclass(frozen=True)
class Layer:
    """A layer of the model: a weight, a bias, or both."""

    part: Part
    name: str
    """In diffusers' words: `down_blocks.0.resnets.0.conv1`."""
    weight: Shape | None
    """`(out, in)`, `(out, in, height, width)`, or `(channels,)` of a norm."""
    bias: Shape | None

    @property
    def kind(self) -> Literal["linear", "conv", "norm"]:
        """What the layer computes, told from its weight."""
        dimensions = len(self.weight or ())
        return "conv" if dimensions > 2 else "linear" if dimensions == 2 else "norm"


@dataclass(frozen=True)
class Targets:
    """The parameters of a model that a LoRA may change."""

    architecture: str
    """As a person calls it, for messages: `Stable Diffusion 1.x`, `Stable Diffusion 2.x` or `Stable Diffusion XL`."""
    shapes: Mapping[Part, Mapping[str, Shape]]
    """By part: parameter name (diffusers'; those of text encoders begin with `text_model.`) to shape."""

    @cached_property
    def layers(self) -> Mapping[Part, Mapping[str, Layer]]:
        """By part: layer name to layer."""
        return {part: _layers(part, shapes) for part, shapes in self.shapes.items()}

    @cached_property
    def dotted(self) -> Mapping[Part, Mapping[str, Layer]]:
        """By part: each layer under every name that trainers give it, with dots.

        Raises:
            BlendError: two layers have the same name.
        """
        return {part: _by_all_names(layers) for part, layers in self.layers.items()}

    @cached_property
    def flat(self) -> Mapping[Part, Mapping[str, Layer]]:
        """The same with underscores instead of dots, as sd-scripts writes them.

        Raises:
            BlendError: two layers have the same name.
        """
        return {
            part: _unique((name.replace(".", "_"), layer) for name, layer in names.items())
            for part, names in self.dotted.items()
        }


def _layers(part: Part, shapes: Mapping[str, Shape]) -> dict[str, Layer]:
    names = dict.fromkeys(parameter.rpartition(".")[0] for parameter in shapes)
    return {name: Layer(part, name, shapes.get(f"{name}.weight"), shapes.get(f"{name}.bias")) for name in names}


def _by_all_names(layers: Mapping[str, Layer]) -> dict[str, Layer]:
    original = original_names(layers)
    return _unique(
        (spelled, layer)
        for name, layer in layers.items()
        for diffusers_or_original in (name, original.get(name, name))
        for with_prefix in (diffusers_or_original, _processor_name(diffusers_or_original))
        for spelled in (with_prefix, with_prefix.removeprefix("text_model."))  # transformers 5 drops the prefix
    )


def _processor_name(name: str) -> str:
    """What diffusers' old attention processors called a projection: `attn1.to_out_lora` is `attn1.to_out.0`.

    Source: https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/utils/state_dict_utils.py
            (`UNET_TO_DIFFUSERS`, `DIFFUSERS_OLD_TO_PEFT`), Apache-2.0
    """
    before, _, last = name.removesuffix(".0").rpartition(".")
    if last in ("to_q", "to_k", "to_v") or name.endswith(".to_out.0"):
        return f"{before}.{last}_lora"
    if before.endswith("self_attn") and last.endswith("_proj"):
        return f"{before}.to_{last.removesuffix('_proj')}_lora"
    return name


def _unique(named: Iterable[tuple[str, Layer]]) -> dict[str, Layer]:
    layers: dict[str, Layer] = {}
    for name, layer in named:
        if layers.setdefault(name, layer) != layer:
            raise BlendError(
                f"trainers call both {layers[name].name} and {layer.name} of the {layer.part} {name!r}, expected one "
                "layer for each name; no LoRA can be blended into this architecture"
            )
    return layers
