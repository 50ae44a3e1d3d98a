"""What stays in float32 at the float16 levels, by architecture, and why: data. Pure.

The decibels were measured on onnxruntime's CPU with random weights; rules are part of a template's key, words included.
"""

from __future__ import annotations

from dataclasses import dataclass

from converter.graphs.component import UNETS, ComponentKind
from converter.registry import Precision


@dataclass(frozen=True)
class Float32Nodes:
    """Nodes that compute in float32, and the measurement or the reason that put them there."""

    reason: str
    operators: tuple[str, ...] = ()
    """Node types, anywhere."""
    modules: tuple[str, ...] = ()
    """Last name of the module that a node is directly in, such as `attn1`."""
    with_upstream: bool = False
    """Also what leads to them from the inputs."""
    families: tuple[str, ...] = ()
    """How the architecture's name begins; empty for all."""
    kinds: tuple[ComponentKind, ...] = tuple(ComponentKind)


@dataclass(frozen=True)
class Float32Component:
    """A component that is made in float32 as a whole."""

    reason: str
    families: tuple[str, ...]
    kinds: tuple[ComponentKind, ...]


FLOAT32_NODES = (
    Float32Nodes(
        "onnxruntime 1.16.3, which onnx-web pins, has no float16 kernel of them on the CPU and fails to load the graph "
        "at opset 18; on the CPU of 1.32 they cost 0 to 4 dB of 75 to 80",
        operators=("LayerNormalization", "Softmax"),
    ),
    Float32Nodes(
        "angles up to 1000 radians: in float16 the UNet has 71.7 dB, with these in float32 77.9 dB",
        modules=("time_proj", "add_time_proj"),
        with_upstream=True,
        kinds=UNETS,
    ),
    Float32Nodes(
        "products of queries and keys beyond 65504, black images: diffusers' configs of Stable Diffusion 2.1 say "
        "`upcast_attention` (ssube/onnx-web issue 364, microsoft/Olive issue 1223)",
        modules=("attn1", "attn2"),
        families=("sd2",),
        kinds=UNETS,
    ),
)

FLOAT32_FUSED_NODES = (
    Float32Nodes(
        "a norm like the plain one, with its sum: in float16 the smallest models have 65.0 to 70.2 dB, with these in "
        "float32 66.5 to 71.5 dB",
        operators=("SkipLayerNormalization",),
    ),
)
"""Beside `FLOAT32_NODES`, where nodes were fused; apart from them, so that plain templates keep their keys."""

FLOAT32_COMPONENTS = (
    Float32Component(
        "activations beyond 65504, black images: diffusers' config of this VAE says `force_upcast`",
        families=("sdxl",),
        kinds=(ComponentKind.VAE_ENCODER, ComponentKind.VAE_DECODER),
    ),
)


@dataclass(frozen=True)
class HalfVariant:
    """How a graph in float16 is made of the one in float32."""

    precision: Precision
    """`fp16` or `fp16-internal`."""
    float32: tuple[Float32Nodes, ...]


def half_variant(
    architecture: str, kind: ComponentKind, precision: Precision, *, fused: bool = False
) -> HalfVariant | None:
    """The variant of a component's template at a precision; `None` where it is the graph in float32 itself.

    Args:
        architecture: the model's, such as `sdxl-inpaint`.
        kind: which component of it.
        precision: what is asked of the release.
        fused: whether the template is a fused one.

    Raises:
        ValueError: there are no graphs of that precision.
    """
    if precision is Precision.FP32 or float32_reason(architecture, kind) is not None:
        return None
    if precision not in (Precision.FP16, Precision.FP16_INTERNAL):
        raise ValueError(f"precision {precision}: expected fp32, fp16 or fp16-internal")
    rules = (r for r in FLOAT32_NODES if kind in r.kinds and (not r.families or architecture.startswith(r.families)))
    return HalfVariant(precision, (*rules, *(FLOAT32_FUSED_NODES if fused else ())))


def float32_reason(architecture: str, kind: ComponentKind) -> str | None:
    """Why a component is in float32 at every level; `None` if it is not."""
    return next((c.reason for c in FLOAT32_COMPONENTS if kind in c.kinds and architecture.startswith(c.families)), None)
