"""What a conversion takes: memory, disk and download. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from converter.graphs import INT8_KINDS, ComponentKind, float32_reason, is_in_blocks
from converter.models import Model
from converter.registry import Precision
from converter.weights import BLOCK_SIZE

_FLOAT32_BYTES, _FLOAT16_BYTES = 4, 2
_HALVES = (Precision.FP16, Precision.FP16_INTERNAL, Precision.INT8)
"""What is not in float32, but for the components that must be."""
STREAMING_BYTES = 100_000_000
"""Binding holds a few chunks of 2 MiB, whatever the model; the rest is the program (README, Benchmarks: 76 MB)."""
STREAM_BYTES = 90_000_000
"""Of each component more that is bound at the same time: chunks that wait, and tensors that are made ahead."""
_BLENDING_COPIES = 3
"""Of one tensor while LoRAs are blended into it, in float32: as it was, as it becomes, and one product between them."""
LIBRARIES_BYTES = 600_000_000
"""PyTorch, diffusers and onnxruntime, once they are imported."""


@dataclass(frozen=True)
class Needs:
    """In bytes."""

    download_bytes: int
    release_bytes: int
    """Of the weights that the release has, in `precision`; the few that a float16 graph keeps in float32 count half."""
    disk_bytes: int
    """The release, and the download beside it."""
    streaming_bytes: int
    """Memory of the conversion, without the comparison with PyTorch."""
    stream_bytes: int
    """Memory that each component more takes, which is bound at the same time as another."""
    memory_bytes: int
    """Memory at most: the largest component is in PyTorch, in float32, while it is compared.

    What a LoRA changes, and what is stored in fewer bits, is a copy then; the rest stays mapped. PyTorch has let go of
    it before onnxruntime takes its turn, so that no component is there twice.
    """
    precision: str
    """Of the release: `fp32`, `fp16`, `fp16-internal` or `int8`."""


@dataclass(frozen=True)
class Blends:
    """What is blended into a model, as far as it costs something."""

    loras: int = 0
    """How many."""
    new_bytes: int = 0
    """Of the rows that Textual Inversions add to the text encoders, in float32."""


def needs_of(
    model: Model, download_bytes: int, blends: Blends | None = None, precision: Precision = Precision.FP32
) -> Needs:
    """What converting a model takes, from the shapes of its parameters.

    Args:
        model: each of its graphs counts, so the UNet twice where it is wanted with inputs for a ControlNet, too.
        download_bytes: of everything that is fetched.
        blends: what is blended into it.
        precision: of the release.
    """
    blends = blends or Blends()
    graphs = {name: _float32_bytes(model.graph(name).weights.shapes) for name in model.graphs}
    stored = (_stored_bytes(model, name, size, precision) for name, size in graphs.items())
    # New rows are those of text encoders, of which none stays in float32.
    new_bytes = blends.new_bytes // (_FLOAT32_BYTES // _FLOAT16_BYTES if precision in _HALVES else 1)
    release_bytes = sum(stored) + new_bytes
    blending_bytes = _BLENDING_COPIES * _largest_bytes(model) if blends.loras else 0
    return Needs(
        download_bytes=download_bytes,
        release_bytes=release_bytes,
        disk_bytes=release_bytes + download_bytes,
        streaming_bytes=STREAMING_BYTES + blending_bytes,
        stream_bytes=STREAM_BYTES + blending_bytes,
        memory_bytes=max(graphs.values()) + blends.new_bytes + blending_bytes + LIBRARIES_BYTES,
        precision=precision,
    )


def _stored_bytes(model: Model, name: str, float32_bytes: int, precision: Precision) -> int:
    kind = ComponentKind(name)
    if precision not in _HALVES or float32_reason(model.architecture, kind) is not None:
        return float32_bytes
    half_bytes = float32_bytes * _FLOAT16_BYTES // _FLOAT32_BYTES
    if precision is not Precision.INT8 or kind not in INT8_KINDS:
        return half_bytes
    shapes = model.graph(name).weights.shapes
    in_blocks = sum(prod(shape) for name, shape in shapes.items() if is_in_blocks(name, shape))
    # One byte each, and a float16 scale for each block.
    return half_bytes - in_blocks + in_blocks // BLOCK_SIZE * _FLOAT16_BYTES


def _largest_bytes(model: Model) -> int:
    """Of the largest tensor that a LoRA may change, in float32; no trainer changes an embedding of tokens."""
    shapes = {name: shape for state in model.state_dicts.values() for name, shape in state.shapes.items()}
    return _FLOAT32_BYTES * max(prod(shape) for name, shape in shapes.items() if "embedding.weight" not in name)


def _float32_bytes(shapes: Mapping[str, tuple[int, ...]]) -> int:
    return sum(prod(shape) for shape in shapes.values()) * _FLOAT32_BYTES
