"""The pairs of up and down in cloneofsimo's files, by their numbers. Pure.

Source: https://github.com/cloneofsimo/lora/blob/d84074b3e3496f1cfa8a3f49b8b9972ef463b483/lora_diffusion/lora.py
        (`save_lora_weight`, `save_safeloras_with_embeds`), Apache-2.0
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from converter.blend.errors import BlendError
from converter.blend.lora.targets import Part
from converter.blend.lora.tensors import LoraHeader
from converter.listing import first_ten

NAMED = re.compile(r"(unet|text_encoder|text_encoder_2):(\d+):(up|down)")
NUMBERED = re.compile(r"\d+")


@dataclass(frozen=True)
class Pair:
    """The keys of one layer's tensors."""

    up: str
    down: str


def named_pairs(header: LoraHeader, keys: Sequence[str]) -> dict[Part, list[Pair]]:
    """The pairs of each part of the model, by their numbers.

    Raises:
        BlendError: a key is unknown, a number is missing, or a rank is not that of the metadata.
    """
    parts: dict[Part, dict[tuple[int, str], str]] = defaultdict(dict)
    unknown = []
    for key in keys:
        if match := NAMED.fullmatch(key):
            part: Part = match[1]  # type: ignore[assignment]  # the pattern allows no other
            parts[part][int(match[2]), match[3]] = key
        else:
            unknown.append(key)
    if unknown:
        raise BlendError(
            f"{header.name}: {len(unknown)} unknown keys: {first_ten(unknown)}; expected PART:NUMBER:up and "
            "PART:NUMBER:down, and embeddings that the metadata names; use another file of this LoRA"
        )
    return {part: _complete(header, part, tensors) for part, tensors in sorted(parts.items())}


def _complete(header: LoraHeader, part: Part, tensors: Mapping[tuple[int, str], str]) -> list[Pair]:
    count = 1 + max(number for number, _ in tensors)
    wanted = [(number, side) for number in range(count) for side in ("up", "down")]
    missing = [f"{part}:{number}:{side}" for number, side in wanted if (number, side) not in tensors]
    if missing:
        raise BlendError(
            f"{header.name}: {len(missing)} tensors are missing: {first_ten(missing)}; expected an up and a down for "
            "each number, as the numbers alone say which layer is meant; use another file of this LoRA"
        )
    for number in range(count):
        _require_rank(header, f"{part}:{number}:rank", tensors[number, "down"])
    return [Pair(tensors[number, "up"], tensors[number, "down"]) for number in range(count)]


def _require_rank(header: LoraHeader, name: str, down: str) -> None:
    said, shape = header.metadata.get(name), header.tensors.info(down).shape
    if said is not None and said != str(shape[0] if shape else None):
        raise BlendError(
            f"{header.name}: {down} is {list(shape)}, expected a rank of {said[:20]} as the metadata's {name} says; "
            "the file is damaged: use another file of this LoRA"
        )


def list_pairs(header: LoraHeader, keys: Sequence[str]) -> list[Pair]:
    """The pairs of a file whose keys are numbers: up, down, up, down.

    Raises:
        BlendError: a number is missing, or there is no partner for the last.
    """
    ordered = sorted(keys, key=int)
    if len(ordered) % 2 or ordered != [str(place) for place in range(len(ordered))]:
        raise BlendError(
            f"{header.name}: found a list of {len(ordered)} tensors, expected pairs of up and down; a tensor is "
            "missing, so nothing says which layer the others are for: use another file of this LoRA"
        )
    return [Pair(up, down) for up, down in zip(ordered[::2], ordered[1::2], strict=True)]
