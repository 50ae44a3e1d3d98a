"""What a release is made of: everything that an entry names, fetched."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from converter.progress import Report
from converter.registry import ControlEntry, DiffusionEntry, InversionEntry, LoraEntry
from converter.sources import Fetched, SourceKind, concept_source
from converter.workshop import Workshop


@dataclass(frozen=True)
class Ingredient:
    """One thing that a release is made of."""

    role: str
    """`model`, `vae`, `lora` or `inversion`."""
    fetched: Fetched
    entry: DiffusionEntry | ControlEntry | LoraEntry | InversionEntry
    """Where it is asked for."""


def gather(entry: DiffusionEntry | ControlEntry, workshop: Workshop, report: Report) -> tuple[Ingredient, ...]:
    """Fetch everything that an entry is made of, the model first.

    Raises:
        SourceError: something is missing, not allowed, or not what is pinned.
        SourceUnreachable: a host does not answer.
    """
    return tuple(_gathered(entry, workshop, report))


def _gathered(entry: DiffusionEntry | ControlEntry, workshop: Workshop, report: Report) -> Iterator[Ingredient]:
    kind = SourceKind.CONTROLNET if isinstance(entry, ControlEntry) else SourceKind.PIPELINE
    yield Ingredient("model", workshop.fetch(entry.source, kind=kind, sha256=pin_of(entry), report=report), entry)
    if not isinstance(entry, DiffusionEntry):
        return
    if entry.vae is not None:
        yield Ingredient("vae", workshop.fetch(entry.vae, kind=SourceKind.VAE, report=report), entry)
    for lora in entry.loras:
        yield Ingredient("lora", workshop.fetch(lora.source, sha256=lora.sha256, report=report), lora)
    for inversion in entry.inversions:
        source = concept_source(inversion.source, workshop.access)
        yield Ingredient("inversion", workshop.fetch(source, sha256=inversion.sha256, report=report), inversion)


def pin_of(entry: DiffusionEntry | ControlEntry) -> str | None:
    """The SHA-256 that a downloaded file must have; onnx-web's `hash` may be one, or something shorter."""
    shown = entry.hash if isinstance(entry, DiffusionEntry) else None
    if entry.sha256 is None and shown and re.fullmatch("[0-9A-Fa-f]{64}", shown):
        return shown.lower()
    return entry.sha256
