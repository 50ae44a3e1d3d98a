"""What kind of file is it? Decided by key names and shapes, as data."""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.models.errors import ModelError

Shapes = Mapping[str, tuple[int, ...]]


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
