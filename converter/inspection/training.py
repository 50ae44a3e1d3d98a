"""What a trainer wrote about a training into a weight file: shown, never believed. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.registry import printable

_BEGINNINGS = ("ss_", "modelspec.")
"""kohya's sd-scripts, and Stability's ModelSpec: https://github.com/Stability-AI/ModelSpec."""
_SHOWN = 24
_LONGEST = 80


@dataclass(frozen=True)
class Training:
    """A part of it, fit to be printed: on one line each, clipped, and without characters that do not print."""

    shown: Mapping[str, str]
    """Sorted by key."""
    others: int
    """How many items of metadata are not shown, whatever they are about."""


def training_of(metadata: Mapping[str, str]) -> Training:
    """What is to be shown of the metadata of a file; a stranger wrote it, and it may be of any size."""
    about = sorted(key for key in metadata if key.startswith(_BEGINNINGS))[:_SHOWN]
    return Training({_clipped(key): _clipped(metadata[key]) for key in about}, len(metadata) - len(about))


def _clipped(text: str) -> str:
    return printable(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
