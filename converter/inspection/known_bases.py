"""The architectures that LoRAs and Textual Inversions are made for: what a file without a model is held against.

They have their real size, and their parameters come from the configs that ship with the package.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

from converter.blend import BlendError
from converter.blend.inversion import TextEncoders
from converter.blend.lora import Targets
from converter.blendable import LORA_PARTS, encoders_of
from converter.graphs import ComponentKind, ShapeStore
from converter.known import Known, known_architecture

_BASES = ("sd1", "sd2", "sdxl")
_Base = TypeVar("_Base", Targets, TextEncoders)
_Found = TypeVar("_Found")


def known_targets(shapes: ShapeStore) -> tuple[Targets, ...]:
    """What a LoRA may change in each architecture."""
    return tuple(_targets(known_architecture(name), shapes) for name in _BASES)


def known_encoders() -> tuple[TextEncoders, ...]:
    """What an inversion must fit, for each architecture."""
    bases = map(known_architecture, _BASES)
    return tuple(encoders_of(base.configs, base.family.title) for base in bases)


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


def _targets(base: Known, shapes: ShapeStore) -> Targets:
    parts = [part for part in LORA_PARTS if part in base.configs]
    return Targets(base.family.title, {part: shapes.get(base.component(ComponentKind(part))) for part in parts})
