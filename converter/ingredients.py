"""What a release is made of: everything that an entry names, fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from converter.progress import Report
from converter.registry import ControlEntry, DiffusionEntry, InversionEntry, LoraEntry, Source
from converter.sources import Fetched, SourceKind, concept_source
from converter.workshop import Workshop

Asking: TypeAlias = DiffusionEntry | ControlEntry | LoraEntry | InversionEntry
"""An entry that asks for something to be fetched."""


@dataclass(frozen=True)
class Ingredient:
    """One thing that a release is made of."""

    role: str
    """`model`, `vae`, `lora` or `inversion`."""
    fetched: Fetched
    entry: Asking
    """Where it is asked for."""


@dataclass(frozen=True)
class WantedIngredient:
    """One thing that an entry names, before it is fetched."""

    role: str
    source: Source
    entry: Asking
    kind: SourceKind
    """What a repository of the Hub is."""
    sha256: str | None
    """What a downloaded file must have."""


def gather(entry: DiffusionEntry | ControlEntry, workshop: Workshop, report: Report) -> tuple[Ingredient, ...]:
    """Fetch everything that an entry is made of, the model first.

    Raises:
        SourceError: something is missing, not allowed, or not what is pinned.
        SourceUnreachable: a host does not answer.
    """
    return tuple(_gathered(wanted, workshop, report) for wanted in wanted_by(entry))


def wanted_by(entry: DiffusionEntry | ControlEntry) -> tuple[WantedIngredient, ...]:
    """Everything that an entry is made of, the model first; nothing is fetched."""
    return tuple(_wanted(entry))


def pin_of(entry: DiffusionEntry | ControlEntry) -> str | None:
    """The SHA-256 that a downloaded file must have; onnx-web's `hash` may be one, or something shorter."""
    shown = entry.hash if isinstance(entry, DiffusionEntry) else None
    if entry.sha256 is None and shown and re.fullmatch("[0-9A-Fa-f]{64}", shown):
        return shown.lower()
    return entry.sha256


def _gathered(wanted: WantedIngredient, workshop: Workshop, report: Report) -> Ingredient:
    source = wanted.source
    if wanted.role == "inversion":
        source = concept_source(source, workshop.access)
    fetched = workshop.fetch(source, kind=wanted.kind, sha256=wanted.sha256, report=report)
    return Ingredient(wanted.role, fetched, wanted.entry)


def _wanted(entry: DiffusionEntry | ControlEntry) -> Iterator[WantedIngredient]:
    pipeline = SourceKind.PIPELINE
    kind = SourceKind.CONTROLNET if isinstance(entry, ControlEntry) else pipeline
    yield WantedIngredient("model", entry.source, entry, kind, pin_of(entry))
    if not isinstance(entry, DiffusionEntry):
        return
    if entry.vae is not None:
        yield WantedIngredient("vae", entry.vae, entry, SourceKind.VAE, None)
    for lora in entry.loras:
        yield WantedIngredient("lora", lora.source, lora, pipeline, lora.sha256)
    for inversion in entry.inversions:
        yield WantedIngredient("inversion", inversion.source, inversion, pipeline, inversion.sha256)
