"""Looks at the sources that a pull request brings: whether they are fit, and what they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from converter.registry import ControlEntry, DiffusionEntry, InversionEntry, PlacedSource
from converter.validation import Checks, Validation, validate_registry

if TYPE_CHECKING:
    from converter.workshop import Workshop


@dataclass(frozen=True)
class Sighting:
    """What a look at a source found."""

    title: str
    """What it is, as a person says it; it may have a stranger's words in it. Empty if nobody knows."""
    download_bytes: int
    release_bytes: int | None
    """Of the release that it becomes; `None` for what is blended in."""


class Looks(Protocol):
    """Who can look at sources."""

    def validated(self, data: bytes, file: str, names: tuple[str, ...]) -> Validation:
        """The registry in the bytes of `file`, with what is wrong with the sources of the entries `names`."""

    def seen(self, placed: PlacedSource) -> Sighting | None:
        """What a source is; `None` if nobody looks.

        Raises:
            ConverterError: it is not there, or not what it should be.
        """


class NoLooks:
    """Nobody looks at anything: the text alone is checked."""

    def validated(self, data: bytes, file: str, names: tuple[str, ...]) -> Validation:  # noqa: ARG002  # a Protocol's
        return validate_registry(data, file, Checks(), _no_workshop)

    def seen(self, placed: PlacedSource) -> None:
        """Nothing."""


def _no_workshop() -> Workshop:
    raise AssertionError("without a look nothing needs a workshop")


@dataclass(frozen=True)
class WorkshopLooks:
    """Looks by the settings of a workshop: listings, small files and headers are read, and no weights."""

    workshop: Workshop

    def validated(self, data: bytes, file: str, names: tuple[str, ...]) -> Validation:
        # Without a name every entry would be looked at.
        return validate_registry(data, file, Checks(names, online=bool(names)), lambda: self.workshop)

    def seen(self, placed: PlacedSource) -> Sighting:
        if placed.is_main and isinstance(placed.owner, DiffusionEntry):
            from converter.inspection import ConvertibleInspection, inspect_source

            found = inspect_source(placed.source, self.workshop)
            if not isinstance(found, ConvertibleInspection):
                return Sighting(f"{found.kind}, not a model", found.download_bytes, None)
            return Sighting(found.title, found.needs.download_bytes, found.needs.release_bytes)
        return Sighting("", _download_bytes(placed, self.workshop), None)


def _download_bytes(placed: PlacedSource, workshop: Workshop) -> int:
    from converter.sources import Downloads, SourceKind, concept_source, look

    source, kind = placed.source, SourceKind.PIPELINE
    if not placed.is_main:
        kind = SourceKind.VAE
    elif isinstance(placed.owner, ControlEntry):
        kind = SourceKind.CONTROLNET
    elif isinstance(placed.owner, InversionEntry):
        source = concept_source(source, workshop.access)
    downloads = Downloads(workshop.cache / "downloads", workshop.policy, workshop.civitai)
    return look(source, root=workshop.root, access=workshop.access, downloads=downloads, kind=kind).download_bytes
