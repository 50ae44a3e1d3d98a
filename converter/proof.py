"""How a release is proved before it leaves: against what, on what, and whether that is also shown. Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

Device: TypeAlias = Literal["cpu", "cuda"]


class ReferenceKind(StrEnum):
    """What a component in fewer bits is compared with."""

    TORCH = "torch"
    """diffusers' and transformers' own classes, in float32."""
    FP32_ONNX = "fp32-onnx"
    """Our own float32 graph of the same weights, in onnxruntime: for machines without the memory for PyTorch."""


@dataclass(frozen=True)
class Proof:
    """How what is made is compared, and whether it is shown."""

    reference: ReferenceKind = ReferenceKind.TORCH
    device: Device = "cpu"
    """That both sides of each comparison run on."""
    sheet: bool = False
    """Whether images are made with the release, and put into it."""
