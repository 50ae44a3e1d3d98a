"""What a source is, in the few words of a table's cell; a stranger's words may be among them."""

from collections.abc import Iterator, Sequence
from typing import assert_never

from converter.inspection import (
    ControlNetInspection,
    Inspection,
    InversionInspection,
    LoraInspection,
    ModelInspection,
    VaeInspection,
)
from converter.listing import first_ten


def title_of(found: Inspection) -> str:
    """`Stable Diffusion 1.x`, or `LoRA for Stable Diffusion 1.x, sd-scripts, LoRA on 44 layers, rank 4`."""
    match found:
        case ModelInspection() | ControlNetInspection():
            return found.title
        case VaeInspection():
            return f"VAE for {_listed(found.made_for)}"
        case LoraInspection():
            return ", ".join(_lora(found))
        case InversionInspection():
            return ", ".join(_inversion(found))
        case _:
            assert_never(found)


def _lora(found: LoraInspection) -> Iterator[str]:
    yield f"LoRA for {_listed(found.made_for)}"
    yield _listed(found.dialects)
    yield from (f"{name} on {_counted(count, 'layer')}" for name, count in found.algorithms.items())
    if found.ranks is not None:
        least, greatest = found.ranks
        yield f"rank {least}" if least == greatest else f"ranks {least} to {greatest}"


def _inversion(found: InversionInspection) -> Iterator[str]:
    yield f"Textual Inversion for {_listed(found.made_for)}"
    yield f"{_counted(found.vectors, 'vector')} of {_listed([str(width) for width in found.widths.values()])}"
    yield f"tokens {first_ten(found.tokens)}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
