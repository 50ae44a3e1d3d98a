"""Single components of a seeded model: what the graphs and parity rooms work on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from converter.graphs import Component, ComponentKind
from converter.models.configs import Part, graph_config
from tests.support.sd1_models import Sd1

if TYPE_CHECKING:
    from onnx import ModelProto

    from converter.graphs import Template

Array = np.ndarray[Any, Any]

PARTS: Mapping[ComponentKind, tuple[Part, tuple[str, ...]]] = {
    ComponentKind.TEXT_ENCODER: ("text_encoder", ("",)),
    ComponentKind.UNET: ("unet", ("",)),
    ComponentKind.VAE_ENCODER: ("vae", ("encoder.", "quant_conv.")),
    ComponentKind.VAE_DECODER: ("vae", ("decoder.", "post_quant_conv.")),
}
"""Which part of a model each graph takes, and how the names of its parameters begin."""


@dataclass(frozen=True)
class ArrayWeights:
    """The state dict of a component as arrays in memory; it notes what was asked of it."""

    arrays: Mapping[str, Array]
    calls: list[tuple[str, str]] = field(default_factory=list)
    """`("read", NAME)` and `("done", NAME)`, in order."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self.arrays.items()}

    def read(self, name: str) -> Array:
        self.calls.append(("read", name))
        return self.arrays[name]

    def done(self, name: str) -> None:
        self.calls.append(("done", name))


def component_of(model: Sd1, kind: ComponentKind) -> Component:
    part, _ = PARTS[kind]
    return Component(kind, graph_config(part, dict(model.configs[part]), part))


def weights_of(model: Sd1, kind: ComponentKind) -> ArrayWeights:
    part, beginnings = PARTS[kind]
    return ArrayWeights(
        {name: make() for name, make in model.tensors(part).items() if name.startswith(beginnings)},
    )


def graph_of(template: Template) -> ModelProto:
    """The template's graph as onnx reads it."""
    import onnx

    return onnx.ModelProto.FromString(template.graph)
