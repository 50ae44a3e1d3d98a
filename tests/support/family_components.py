"""Single components of the tiny models of the family."""

from converter.graphs import Component, ComponentKind
from converter.graphs.component import UNETS
from converter.models.configs import Part, graph_config
from tests.support.family import full, full_controlnet, tiny, tiny_controlnet

NEW_KINDS: tuple[tuple[str, ComponentKind], ...] = (
    ("sd1-lcm", ComponentKind.UNET),
    ("sd1-inpaint", ComponentKind.UNET),
    ("sd1", ComponentKind.CNET),
    ("sd1", ComponentKind.CONTROLNET),
    ("sd-x4-upscaler", ComponentKind.UNET),
    ("sdxl", ComponentKind.TEXT_ENCODER_2),
    ("sdxl", ComponentKind.UNET),
    ("sdxl", ComponentKind.CNET),
    ("sdxl", ComponentKind.CONTROLNET),
    ("sdxl-lcm", ComponentKind.UNET),
    ("sdxl-refiner", ComponentKind.UNET),
)
"""An architecture and a kind for each sort of port that Stable Diffusion 1.x's own four graphs do not have."""

_PARTS: dict[ComponentKind, Part] = {
    ComponentKind.CNET: "unet",
    ComponentKind.VAE_ENCODER: "vae",
    ComponentKind.VAE_DECODER: "vae",
}


def family_component(architecture: str, kind: ComponentKind, *, real_size: bool = False) -> Component:
    """A component of `tiny(architecture)`, or of the model at its real size."""
    model = (full if real_size else tiny)(architecture)
    configs = dict(model.configs)
    if kind is ComponentKind.CONTROLNET:
        configs["controlnet"] = (full_controlnet if real_size else tiny_controlnet)(architecture).config
    part = _PARTS.get(kind) or _named(kind)
    text = configs.get("text_encoder_2")
    pooled = int(text["projection_dim"]) if text and kind in UNETS else None
    return Component(kind, graph_config(part, dict(configs[part]), architecture), pooled)


def _named(kind: ComponentKind) -> Part:
    names: tuple[Part, ...] = ("text_encoder", "text_encoder_2", "unet", "controlnet")
    return next(name for name in names if name == kind.value)
