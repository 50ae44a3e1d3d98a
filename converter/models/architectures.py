"""Which architecture is a model? Decided by key names and shapes, or by configs, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from converter.models.configs import Part
from converter.models.errors import ModelError

Shapes = Mapping[str, tuple[int, ...]]
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


@dataclass(frozen=True)
class Signature:
    """What a kind of file looks like from its keys."""

    name: str
    title: str
    keys: tuple[str, ...]
    """Keys, or beginnings of keys, that must all be there."""
    without: tuple[str, ...] = ()
    """Beginnings of keys, none of which may be there."""
    instead: str = ""
    """Why such a file is no model, and what to do; empty for what is one."""


_UNET = "model.diffusion_model.input_blocks.0.0.weight"
_VAE = "first_stage_model.decoder.conv_in.weight"
_LABELS = "model.diffusion_model.label_emb.weight"
_NETWORK = 'a ControlNet belongs to `networks`, with `"type": "control"`'
_LORA = "a LoRA is not a model: name it in the `loras` of an entry whose source is its base model"
_VAE_ALONE = "a VAE is not a model: name it as the `vae` of an entry"
_LATER = "this version builds Stable Diffusion 1.x, 2.x and XL"

SIGNATURES = (
    Signature("sd1", "Stable Diffusion 1.x", (_UNET, _VAE, "cond_stage_model.transformer.")),
    Signature("sd2", "Stable Diffusion 2.x", (_UNET, _VAE, "cond_stage_model.model."), without=(_LABELS,)),
    Signature("sd-x4-upscaler", "Stable Diffusion x4 upscaler", (_UNET, _VAE, "cond_stage_model.model.", _LABELS)),
    Signature(
        "sdxl",
        "Stable Diffusion XL",
        (_UNET, _VAE, "conditioner.embedders.0.transformer.", "conditioner.embedders.1.model."),
    ),
    Signature(
        "sdxl-refiner",
        "Stable Diffusion XL refiner",
        (_UNET, _VAE, "conditioner.embedders.0.model."),
        without=("conditioner.embedders.1.",),
    ),
    Signature("sd3", "Stable Diffusion 3", ("model.diffusion_model.joint_blocks.",), instead=_LATER),
    Signature("flux", "Flux", ("double_blocks.",), instead=_LATER),
    Signature("flux", "Flux", ("model.diffusion_model.double_blocks.",), instead=_LATER),
    Signature("controlnet", "a ControlNet", ("control_model.",), instead=_NETWORK),
    Signature("controlnet", "a ControlNet", ("input_hint_block.", "zero_convs."), instead=_NETWORK),
    Signature(
        "controlnet",
        "a ControlNet",
        ("controlnet_cond_embedding.", "controlnet_down_blocks."),
        instead=_NETWORK,
    ),
    Signature("lora", "a LoRA", ("lora_unet_",), instead=_LORA),
    Signature(
        "lora",
        "a LoRA",
        ("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.",),
        without=("unet.conv_in.weight",),
        instead=_LORA,
    ),
    Signature(
        "unet",
        "a UNet alone, in diffusers' layout",
        ("down_blocks.0.resnets.0.conv1.weight", "time_embedding.linear_1.weight"),
        without=("controlnet_",),
        instead="a UNet alone is no pipeline: give the diffusers folder that it belongs to",
    ),
    Signature(
        "unet",
        "a UNet alone, in the original layout",
        (_UNET,),
        without=("first_stage_model.", "cond_stage_model.", "conditioner."),
        instead="the file has neither VAE nor text encoder: give a checkpoint that carries all three",
    ),
    Signature(
        "vae",
        "a VAE alone",
        ("decoder.conv_in.weight", "encoder.conv_in.weight"),
        instead=_VAE_ALONE,
    ),
    Signature(
        "vae",
        "a VAE alone",
        (_VAE,),
        without=("model.diffusion_model.", "cond_stage_model.", "conditioner.", "control_model."),
        instead=_VAE_ALONE,
    ),
    Signature(
        "embedding",
        "a Textual Inversion",
        ("emb_params",),
        instead="a Textual Inversion is not a model: name it in the `inversions` of an entry",
    ),
)


def recognise(shapes: Shapes, where: str) -> Signature:
    """The one signature that a file's keys match.

    Raises:
        ModelError: none matches, or several do, or the one that matches is no model.
    """
    found = _matching(shapes)
    if not found:
        shown = ", ".join(sorted(shapes)[:10])
        raise ModelError(
            f"{where}: unknown architecture: {len(shapes)} tensors such as {shown}; expected a checkpoint of "
            "Stable Diffusion (keys model.diffusion_model.*, first_stage_model.*, cond_stage_model.* or conditioner.*)"
        )
    if len({signature.name for signature in found}) > 1:
        titles = " and ".join(signature.title for signature in found)
        raise ModelError(f"{where}: its keys match {titles}; expected one architecture, it may be two files merged")
    if found[0].instead:
        raise ModelError(f"{where}: this is {found[0].title}, no model to convert: {found[0].instead}")
    return found[0]


def names_of(shapes: Shapes) -> frozenset[str]:
    """The names of all signatures that a file's keys match: `sd1`, `controlnet`, `vae` and so on."""
    return frozenset(signature.name for signature in _matching(shapes))


def _matching(shapes: Shapes) -> list[Signature]:
    return [signature for signature in SIGNATURES if _matches(signature, shapes)]


def _matches(signature: Signature, shapes: Shapes) -> bool:
    def present(beginning: str) -> bool:
        return beginning in shapes or any(key.startswith(beginning) for key in shapes)

    return all(present(key) for key in signature.keys) and not any(present(key) for key in signature.without)
