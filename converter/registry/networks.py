"""Entries for weights that are blended into a model or used beside it: LoRA, Textual Inversion, ControlNet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from converter.canonical import JsonObject, JsonValue
from converter.registry.entries import FORMAT_PROSE, ReleaseEntry, SourcedEntry
from converter.registry.fields import FieldSpec, choice, metadata, numbers, text, words
from converter.registry.vocabulary import EmbeddingKind, Format, LoraDialect

_WEIGHT_LIMIT = 100


@dataclass(frozen=True)
class LoraWeight:
    """How strongly a LoRA is added to each component."""

    unet: float = 1.0
    text_encoder: float = 1.0


def _read_weight(raw: Any) -> LoraWeight:  # a number or an object, as the schema has checked
    if isinstance(raw, dict):
        return LoraWeight(float(raw["unet"]), float(raw["text_encoder"]))
    return LoraWeight(float(raw), float(raw))


def _write_weight(weight: LoraWeight) -> JsonValue:
    if weight.unet == weight.text_encoder:
        return weight.unet
    return {"unet": weight.unet, "text_encoder": weight.text_encoder}


_NUMBER: JsonObject = {"type": "number", "minimum": -_WEIGHT_LIMIT, "maximum": _WEIGHT_LIMIT}


def _lora_weight(prose: str) -> Mapping[str, FieldSpec]:
    # Every keyword speaks of numbers only or of objects only, so that no `anyOf` is needed, whose errors say little.
    parts: JsonObject = {"unet": _NUMBER, "text_encoder": _NUMBER}
    both: JsonObject = {"properties": parts, "required": list(parts), "additionalProperties": False}
    examples: list[JsonValue] = [0.8, {"unet": 0.8, "text_encoder": 0.4}]
    schema: JsonObject = {**_NUMBER, "type": ["number", "object"], **both, "examples": examples}
    return metadata(FieldSpec(schema, prose, _read_weight, _write_weight))


def _embedding_format(prose: str) -> Mapping[str, FieldSpec]:
    # onnx-web's user guide writes the kind of embedding here, and so do its users; `model` is where we keep it.
    known = [*(str(word) for word in Format), *(str(word) for word in EmbeddingKind)]
    return metadata(FieldSpec({"enum": known}, prose, Format, str))


@dataclass(frozen=True, kw_only=True)
class LoraEntry(SourcedEntry):
    """A LoRA, in `networks` or in the `loras` of a diffusion model."""

    section: ClassVar[str] = "networks"
    kind: ClassVar[str] = "lora"

    format: Format | None = field(default=None, metadata=choice(Format, FORMAT_PROSE))
    model: LoraDialect | None = field(
        default=None, metadata=choice(LoraDialect, "Which scripts trained it; recognised from its keys when absent.")
    )
    tokens: tuple[str, ...] = field(default=(), metadata=words("Words in a prompt that it was trained on."))
    weight: LoraWeight = field(
        default=LoraWeight(),
        metadata=_lora_weight(
            "How strongly it is blended: one number, or one for the UNet and one for the text encoder."
        ),
    )

    block_weights: tuple[float, ...] = field(
        default=(),
        metadata=numbers(
            "How strongly it is blended into each block of the UNet, beside `weight`, as kohya's merge scripts take "
            "it: 17 or 26 numbers for Stable Diffusion 1.x and 2.x, 12, 20 or 26 for XL; the first is the text "
            "encoder's.",
            _WEIGHT_LIMIT,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class InversionEntry(SourcedEntry):
    """A Textual Inversion, in `networks` or in the `inversions` of a diffusion model."""

    section: ClassVar[str] = "networks"
    kind: ClassVar[str] = "inversion"

    format: Format | None = field(
        default=None,
        metadata=_embedding_format(f"{FORMAT_PROSE} For onnx-web's sake also the value of `model`."),
    )
    model: EmbeddingKind | None = field(
        default=None, metadata=choice(EmbeddingKind, "Layout of the file; recognised from its keys when absent.")
    )
    token: str | None = field(
        default=None,
        metadata=text("The word in a prompt that stands for it; the name when absent.", examples=("goblin",)),
    )
    weight: float = field(
        default=1.0,
        metadata=metadata(FieldSpec(_NUMBER, "What its vectors are multiplied by.", read=float, write=float)),
    )


@dataclass(frozen=True, kw_only=True)
class ControlEntry(ReleaseEntry):
    """A ControlNet in `networks`; it becomes a release of its own."""

    section: ClassVar[str] = "networks"
    kind: ClassVar[str] = "control"
