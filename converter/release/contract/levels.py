"""What clients may rely on at each level of precision and optimisation, as data. Pure."""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Level:
    """A precision and an optimisation, from the client's side."""

    ports: str
    """Dtype of inputs and outputs that are float32 in the plain release."""
    domains: frozenset[str] = frozenset({""})
    """Whose operators the graphs may use; the standard ones have no name."""
    blends: bool = True
    """Whether onnx-web finds every weight that a LoRA or a Textual Inversion changes."""
    minimum_onnxruntime: str | None = None
    """The first version that runs it, where that is later than 1.16.3, which onnx-web pins."""
    in_blocks: bool = False
    """Whether linear layers are `MatMulNBits` of 8 bits."""


_CONTRIB = frozenset({"", "com.microsoft"})

_PRECISIONS = {
    "fp32": Level("float32"),
    "fp16-internal": Level("float32"),
    "fp16": Level("float16"),
    # Weights are blocks of whole numbers, which nothing can add a LoRA to. onnxruntime 1.20 and 1.21 refuse MatMulNBits
    # of 8 bits as they load it, 1.22 fails as it runs it on the CPU.
    "int8": Level("float16", _CONTRIB, blends=False, minimum_onnxruntime="1.23", in_blocks=True),
}


def level_of(precision: str, optimize: str) -> Level | None:
    """What a release must keep; `None` if there is no such level."""
    plain = _PRECISIONS.get(precision)
    if plain is None or optimize not in ("none", "fused", "fused-cuda"):
        return None
    # What is fused are operators without weights of their own: layers keep their names, so that blending finds them.
    return plain if optimize == "none" else replace(plain, domains=_CONTRIB)
