"""The families and the variants of them that are built, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from converter.models.configs import Part
from converter.models.errors import ModelError

Encoder = Literal["clip", "open_clip", "open_clip_penultimate"]
"""How an original checkpoint keeps a text encoder: OpenAI's names, open_clip's, or those with a layer too many."""


@dataclass(frozen=True)
class Family:
    """Models whose parts are of the same classes; fine-tunes and variants differ in the UNet's inputs."""

    name: str
    title: str
    """As a person calls it."""
    encoders: Mapping[Part, tuple[Encoder, str]]
    """Each text encoder: how original checkpoints keep it, and how its keys begin there."""
    heads_of_64: bool
    """Attention heads are 64 channels wide; otherwise there are 8 of them."""
    linear: bool
    """The UNet's attention has linear projections, not convolutions."""
    size_ids: int = 0
    """How many numbers about sizes the UNet takes (Stable Diffusion XL)."""


FAMILIES: Mapping[str, Family] = {
    family.name: family
    for family in (
        Family(
            "sd1",
            "Stable Diffusion 1.x",
            {"text_encoder": ("clip", "cond_stage_model.transformer.")},
            heads_of_64=False,
            linear=False,
        ),
        Family(
            "sd2",
            "Stable Diffusion 2.x",
            {"text_encoder": ("open_clip_penultimate", "cond_stage_model.model.")},
            heads_of_64=True,
            linear=True,
        ),
        Family(
            "sd-x4-upscaler",
            "Stable Diffusion x4 upscaler",
            {"text_encoder": ("open_clip_penultimate", "cond_stage_model.model.")},
            heads_of_64=False,
            linear=True,
        ),
        Family(
            "sdxl",
            "Stable Diffusion XL",
            {
                "text_encoder": ("clip", "conditioner.embedders.0.transformer."),
                "text_encoder_2": ("open_clip", "conditioner.embedders.1.model."),
            },
            heads_of_64=True,
            linear=True,
            size_ids=6,
        ),
        Family(
            "sdxl-refiner",
            "Stable Diffusion XL refiner",
            {"text_encoder_2": ("open_clip", "conditioner.embedders.0.model.")},
            heads_of_64=True,
            linear=True,
            size_ids=5,
        ),
    )
}


def family_of_architecture(name: str) -> Family:
    """The family that an architecture's name begins with: `sdxl-refiner` of `sdxl-refiner`, `sd1` of `sd1-inpaint`."""
    fitting = (family for family in FAMILIES if f"{name}-".startswith(f"{family}-"))
    return FAMILIES[max(fitting, key=len)]


@dataclass(frozen=True)
class Architecture:
    """A family and a variant of its UNet."""

    name: str
    """`sd1`, `sdxl-inpaint`, `sd2-lcm`, …"""
    title: str
    family: Family
    pipeline: str
    """The diffusers class that runs it."""


_VARIANTS: Mapping[int, tuple[str, str]] = {
    4: ("", ""),
    8: ("-pix2pix", " instruct-pix2pix"),
    9: ("-inpaint", " inpainting"),
}
"""Channels that a UNet takes, to the end of the architecture's name and title."""

_PIPELINES: Mapping[tuple[str, str], str] = {
    ("sd", ""): "StableDiffusionPipeline",
    ("sd", "-lcm"): "LatentConsistencyModelPipeline",
    ("sd", "-inpaint"): "StableDiffusionInpaintPipeline",
    ("sd", "-pix2pix"): "StableDiffusionInstructPix2PixPipeline",
    ("sdxl", ""): "StableDiffusionXLPipeline",
    ("sdxl", "-lcm"): "StableDiffusionXLPipeline",
    ("sdxl", "-inpaint"): "StableDiffusionXLInpaintPipeline",
    ("sdxl", "-pix2pix"): "StableDiffusionXLInstructPix2PixPipeline",
    ("sdxl-refiner", ""): "StableDiffusionXLImg2ImgPipeline",
    ("sd-x4-upscaler", ""): "StableDiffusionUpscalePipeline",
}
_UPSCALER_CHANNELS = 7


def architecture_of(family: Family, in_channels: int, *, distilled: bool, where: str) -> Architecture:
    """The architecture of a UNet.

    Args:
        family: of the model.
        in_channels: that the UNet takes.
        distilled: it takes an embedding of the guidance scale (`time_cond_proj_dim`).
        where: names the model in messages.

    Raises:
        ModelError: there is no such architecture.
    """
    upscaler = family.name == "sd-x4-upscaler"
    known = {_UPSCALER_CHANNELS: ("", "")} if upscaler else _VARIANTS
    if in_channels not in known:
        expected = " or ".join(str(channels) for channels in known)
        raise ModelError(
            f"{where}: the UNet of {family.title} takes {in_channels} channels, expected {expected}; 5 would be "
            "depth-to-image, which is not built"
        )
    ending, words = known[in_channels]
    if distilled:
        ending, words = f"{ending}-lcm", f"{words} with guidance distilled (LCM)"
    group = "sd" if family.name in ("sd1", "sd2") else family.name
    pipeline = _PIPELINES.get((group, ending))
    if pipeline is None:
        raise ModelError(f"{where}: this is {family.title}{words}, a combination that no pipeline runs; use another")
    return Architecture(family.name + ending, family.title + words, family, pipeline)
