"""What a LoRA is, and what it was made for."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import ClassVar

from converter.blend.lora import LoraHeader, Targets, describe_lora
from converter.inspection.inspected import Inspected, inspected
from converter.inspection.known_bases import fitting
from converter.inspection.looks import Looked


@dataclass(frozen=True, kw_only=True)
class LoraInspection(Inspected):
    """What is known about a LoRA from its header, every key of which has its place in an architecture."""

    kind: ClassVar[str] = "lora"

    made_for: tuple[str, ...]
    """The architectures that take every key of it; more than one where it changes what they have in common."""
    dialects: tuple[str, ...]
    """Whose way of naming tensors it follows."""
    algorithms: Mapping[str, int]
    """Name to number of layers."""
    layers: Mapping[str, int]
    """Component to number of layers that it changes."""
    ranks: tuple[int, int] | None
    """The least and the greatest; `None` if no algorithm of the file has one."""
    inversions: tuple[str, ...]
    """Keys of Textual Inversions in the file, which an entry's LoRA must not have."""


def inspect_lora(found: Looked, targets: Sequence[Targets]) -> LoraInspection:
    """Recognise a LoRA by its header, and hold it against what it may be made for.

    Raises:
        BlendError: it is none, or fits none of `targets` as a whole; says why for each.
        WeightsError: the file is damaged.
    """
    with closing(found.files.weights(found.files.name)) as file:
        header = LoraHeader(file.name, file, file.metadata)
        made_for, summary = fitting(targets, lambda each: describe_lora(header, each))
        return LoraInspection(
            **vars(inspected(found, {file.name: file})),
            made_for=made_for,
            dialects=tuple(map(str, summary.dialects)),
            algorithms=dict(summary.algorithms),
            layers={str(part): count for part, count in summary.layers.items()},
            ranks=summary.ranks,
            inversions=summary.embeddings,
        )
