"""What a checkpoint says about itself in its header: ModelSpec, and what was blended into it. Pure.

https://github.com/Stability-AI/ModelSpec/blob/02f627930582cd4ccc9c330835bb66ca9dddc715/README.md
`hash_sha256` is left out: it would stand before the numbers that it is the digest of. So is `date`: the same model
gives the same bytes on any day.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converter.canonical import JsonObject, canonical_json
from converter.models import Model, family_of_architecture

_SPEC = "1.0.0"
# The code whose names the keys are, by family.
_IMPLEMENTATIONS = {
    "sd1": "https://github.com/CompVis/stable-diffusion",
    "sd2": "https://github.com/Stability-AI/stablediffusion",
    "sd-x4-upscaler": "https://github.com/Stability-AI/stablediffusion",
    "sdxl": "https://github.com/Stability-AI/generative-models",
    "sdxl-refiner": "https://github.com/Stability-AI/generative-models",
}
# By family, as the specification lists them; those of Stable Diffusion 2 say what the UNet predicts. It lists neither
# upscalers nor variants, and leaves others to who writes them: they are named in the same way.
_ARCHITECTURES = {
    "sd1": "stable-diffusion-v1",
    "sd-x4-upscaler": "stable-diffusion-x4-upscaler",
    "sdxl": "stable-diffusion-xl-v1-base",
    "sdxl-refiner": "stable-diffusion-xl-v1-refiner",
}
_SD2 = {"epsilon": "stable-diffusion-v2-512", "v_prediction": "stable-diffusion-v2-768-v"}
_PREDICTIONS = {"v_prediction": "v"}


@dataclass(frozen=True)
class Labels:
    """What an entry says about its model, for people."""

    title: str
    description: str | None = None
    license: str | None = None


@dataclass(frozen=True)
class Blend:
    """Something that was blended into the model."""

    role: str
    """`vae` or `lora`."""
    name: str
    weight: Mapping[str, float]
    """How strongly, by component; empty for what replaces a part."""


def checkpoint_metadata(model: Model, labels: Labels, blends: Sequence[Blend]) -> dict[str, str]:
    """The `__metadata__` of a checkpoint, sorted by key.

    Args:
        model: what it holds.
        labels: what people see.
        blends: in the order in which they were blended.
    """
    family, predicted = family_of_architecture(model.architecture).name, model.prediction
    found = {
        "modelspec.sai_model_spec": _SPEC,
        "modelspec.architecture": _architecture(model, family),
        "modelspec.implementation": _IMPLEMENTATIONS[family],
        "modelspec.title": labels.title,
        "modelspec.description": labels.description,
        "modelspec.license": labels.license,
        "modelspec.resolution": _resolution(model),
        "modelspec.prediction_type": predicted
        and _PREDICTIONS.get(predicted.prediction_type, predicted.prediction_type),
        "modelspec.merged_from": ", ".join(blend.name for blend in blends),
        "onnx_registry.blended": canonical_json([_blend(blend) for blend in blends]).decode() if blends else None,
    }
    return {key: value for key, value in sorted(found.items()) if value}


def _architecture(model: Model, family: str) -> str:
    known = _ARCHITECTURES.get(family)
    if known is None:
        known = _SD2[model.prediction.prediction_type if model.prediction else "epsilon"]
    variant = model.architecture.removeprefix(family)
    # One identifier for each way of running a model; a variant of the family is run in another way.
    return known if family == "sd2" else f"{known}{variant}"


def _resolution(model: Model) -> str | None:
    """Of the images, from the size of the latents that the UNet was trained on."""
    unet, vae = model.configs.get("unet", {}), model.configs.get("vae", {})
    sample, blocks = unet.get("sample_size"), vae.get("block_out_channels")
    if not isinstance(sample, int) or not isinstance(blocks, list | tuple):
        return None
    pixels = sample * 2 ** (len(blocks) - 1)
    return f"{pixels}x{pixels}"


def _blend(blend: Blend) -> JsonObject:
    return {"role": blend.role, "name": blend.name, "weight": dict(blend.weight)}
