"""Passes: what makes another graph of a template before any weight is bound, and which of them a component gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from converter.graphs.component import ComponentKind
from converter.graphs.float32_nodes import HalfVariant, half_variant
from converter.graphs.fuse import fused, fused_key
from converter.graphs.half import half_key, in_half
from converter.graphs.int8 import INT8_KINDS, in_int8, int8_key
from converter.graphs.template import Template
from converter.registry import Optimize, Precision


class Pass(Protocol):
    """One step from a template to another, which has the same inputs and outputs, by name."""

    def key(self, template_key: str) -> str:
        """SHA-256 of what determines the result: the key of the template that it is made of, and this pass."""

    def apply(self, template: Template) -> Template:
        """The other template, with that key.

        Raises:
            GraphError: it cannot be made of this one.
        """


@dataclass(frozen=True)
class InHalf:
    """Float16, but for the nodes that the variant keeps in float32."""

    variant: HalfVariant

    def key(self, template_key: str) -> str:
        """See `half_key`."""
        return half_key(template_key, self.variant)

    def apply(self, template: Template) -> Template:
        """See `in_half`."""
        return in_half(template, self.variant)


@dataclass(frozen=True)
class Fuse:
    """Contrib operators of onnxruntime that run on its CPU too."""

    def key(self, template_key: str) -> str:
        """See `fused_key`."""
        return fused_key(template_key)

    def apply(self, template: Template) -> Template:
        """See `fused`."""
        return fused(template)


@dataclass(frozen=True)
class InInt8:
    """Linear layers in 8 bits; the rest stays as `InHalf` left it."""

    def key(self, template_key: str) -> str:
        """See `int8_key`."""
        return int8_key(template_key)

    def apply(self, template: Template) -> Template:
        """See `in_int8`."""
        return in_int8(template)


@dataclass(frozen=True)
class Making:
    """How one component of a release is made of its traced template."""

    precision: Precision
    """That it computes in: not the release's, where numbers would overflow, or where there is nothing to quantise."""
    passes: tuple[Pass, ...]
    """In this order; none for the traced graph itself."""


def making(architecture: str, kind: ComponentKind, precision: Precision, optimize: Optimize = Optimize.NONE) -> Making:
    """How a component is made at a level.

    Args:
        architecture: the model's, such as `sdxl-inpaint`.
        kind: which component of it.
        precision: what is asked of the release.
        optimize: which operators are to be fused.

    Raises:
        ValueError: there are no graphs of that level.
    """
    if optimize not in (Optimize.NONE, Optimize.FUSED):
        raise ValueError(f"optimize {optimize}: expected {Optimize.NONE} or {Optimize.FUSED}")
    # First of all: the forms that are fused are those of the traced graph, without casts in between.
    fuse: tuple[Pass, ...] = (Fuse(),) if optimize is Optimize.FUSED else ()
    in_blocks = precision is Precision.INT8
    half = half_variant(architecture, kind, Precision.FP16 if in_blocks else precision, fused=bool(fuse))
    if half is None:
        return Making(Precision.FP32, fuse)
    if in_blocks and kind in INT8_KINDS:
        return Making(Precision.INT8, (*fuse, InHalf(half), InInt8()))
    return Making(half.precision, (*fuse, InHalf(half)))
