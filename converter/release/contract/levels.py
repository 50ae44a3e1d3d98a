"""What clients may rely on at each level of precision and optimisation, as data. Pure."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Level:
    """A precision and an optimisation, from the client's side."""

    ports: str
    """Dtype of inputs and outputs that are float32 in the plain release."""
    domains: frozenset[str] = frozenset({""})
    """Whose operators the graphs may use; the standard ones have no name."""
    blends: bool = True
    """Whether onnx-web finds every weight that a LoRA or a Textual Inversion changes."""


_CONTRIB = frozenset({"", "com.microsoft"})

_PRECISIONS = {
    "fp32": Level("float32"),
    "fp16-internal": Level("float32"),
    "fp16": Level("float16"),
    # Weights are blocks of whole numbers, which nothing can add a LoRA to.
    "int8": Level("float32", _CONTRIB, blends=False),
}


def level_of(precision: str, optimize: str) -> Level | None:
    """What a release must keep; `None` if there is no such level."""
    plain = _PRECISIONS.get(precision)
    if plain is None or optimize not in ("none", "fused", "fused-cuda"):
        return None
    # What is fused are operators without weights of their own: layers keep their names, so that blending finds them.
    return plain if optimize == "none" else Level(plain.ports, _CONTRIB, plain.blends)


def blends_at_run_time(precision: str, optimize: str) -> bool:
    """Whether a client can blend into a release of that level; it cannot into one that is not known."""
    level = level_of(precision, optimize)
    return level is not None and level.blends
