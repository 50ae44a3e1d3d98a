"""The architectures that LoRAs and Textual Inversions are made for: what a file without a model is held against.

They have their real size, and their parameters come from the configs that ship with the package.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from converter.blend import BlendError
from converter.blend.inversion import TextEncoders
from converter.blend.lora import Targets
from converter.blendable import LORA_PARTS, encoders_of
from converter.canonical import JsonObject
from converter.graphs import Component, ComponentKind, ShapeStore
from converter.models import FAMILIES, Part, graph_config, shipped

_FAMILIES = ("sd1", "sd2", "sdxl")
_Base = TypeVar("_Base", Targets, TextEncoders)
_Found = TypeVar("_Found")


def known_targets(shapes: ShapeStore) -> tuple[Targets, ...]:
    """What a LoRA may change in each architecture.

    The first time this builds them in PyTorch, without weights, and keeps their shapes.
    """
    return tuple(_targets(name, shapes) for name in _FAMILIES)


def known_encoders() -> tuple[TextEncoders, ...]:
    """What an inversion must fit, for each architecture."""
    return tuple(encoders_of(_configs(name), FAMILIES[name].title) for name in _FAMILIES)


def fitting(bases: Sequence[_Base], check: Callable[[_Base], _Found]) -> tuple[tuple[str, ...], _Found]:
    """The architectures, as people call them, that `check` accepts; and what it said of the first of them.

    Raises:
        BlendError: it accepts none; says why for each.
    """
    found: dict[str, _Found] = {}
    refused: list[str] = []
    for base in bases:
        try:
            found[base.architecture] = check(base)
        except BlendError as error:
            refused.append(f"not for {base.architecture}: {error}")
    if not found:
        raise BlendError("; ".join(refused))
    return tuple(found), next(iter(found.values()))


def _targets(name: str, shapes: ShapeStore) -> Targets:
    configs = _configs(name)
    second = configs.get("text_encoder_2")
    pooled = None if second is None else int(str(second["projection_dim"]))
    components = {
        part: Component(ComponentKind(part), configs[part], pooled if part == "unet" else None)
        for part in LORA_PARTS
        if part in configs
    }
    return Targets(FAMILIES[name].title, {part: shapes.get(component) for part, component in components.items()})


def _configs(name: str) -> dict[Part, JsonObject]:
    parts: tuple[Part, ...] = ("unet", *FAMILIES[name].encoders)
    return {part: graph_config(part, shipped(name, part), f"{name}/{part}") for part in parts}
