"""Looks at the sources that a pull request brings: whether they are fit, and what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol, TypeAlias

from converter.errors import ConverterError
from converter.registry import ControlEntry, DiffusionEntry, PlacedSource
from converter.validation import Checks, Validation, validate_registry

if TYPE_CHECKING:
    from converter.inspection import EntryInspection, LookCache
    from converter.workshop import Workshop


@dataclass(frozen=True)
class Sighting:
    """What a look at a source found."""

    title: str
    """What it is, as a person says it; it may have a stranger's words in it. Empty if nobody knows."""
    download_bytes: int
    release_bytes: int | None = None
    """Of the release that its entry becomes, with all that is blended into it; `None` for what is blended in."""
    disk_bytes: int | None = None
    """That release, and everything that is downloaded for it beside it; `None` for what is blended in."""


Sightings: TypeAlias = Mapping[PlacedSource, Sighting | ConverterError]
"""What sources are, or why nobody can tell."""


class Looks(Protocol):
    """Who can look at sources."""

    def validated(self, data: bytes, file: str, names: tuple[str, ...]) -> Validation:
        """The registry in the bytes of `file`, with what is wrong with the sources of the entries `names`."""

    def seen(self, sources: Sequence[PlacedSource]) -> Sightings:
        """What sources of one entry are, which nothing was wrong with; nothing if nobody looks."""


class NoLooks:
    """Nobody looks at anything: the text alone is checked."""

    def validated(self, data: bytes, file: str, names: tuple[str, ...]) -> Validation:  # noqa: ARG002  # a Protocol's
        return validate_registry(data, file, Checks(), _no_workshop)

    def seen(self, sources: Sequence[PlacedSource]) -> Sightings:  # noqa: ARG002  # a Protocol's
        return {}


def _no_workshop() -> Workshop:
    raise AssertionError("without a look nothing needs a workshop")


@dataclass(frozen=True)
class WorkshopLooks:
    """Looks by the settings of a workshop: listings, small files and headers are read, each once, and no weights."""

    workshop: Workshop

    @cached_property
    def _cache(self) -> LookCache:
        from converter.inspection import LookCache  # seconds that a review without a look need not pay

        return LookCache(self.workshop)

    def validated(self, data: bytes, file: str, names: tuple[str, ...]) -> Validation:
        if not names:  # without a name every entry would be looked at
            return validate_registry(data, file, Checks(), lambda: self.workshop)
        return validate_registry(data, file, Checks(names, online=True), lambda: self.workshop, looks=self._cache)

    def seen(self, sources: Sequence[PlacedSource]) -> Sightings:
        main = next((each for each in sources if each.is_main and each.owner is each.entry), None)
        if main is None or not isinstance(main.owner, DiffusionEntry | ControlEntry):
            return {placed: self._alone(placed) for placed in sources}
        from converter.inspection import inspect_entry_with

        entry = _with_only(main.owner, sources)
        try:
            found = inspect_entry_with(self._cache, entry)
        except ConverterError as error:
            rest = {placed: self._alone(placed) for placed in sources if placed is not main}
            return {main: error, **rest}
        return dict(zip(_in_order(entry, main, sources), _sightings(found), strict=True))

    def _alone(self, placed: PlacedSource) -> Sighting | ConverterError:
        from converter.inspection import inspect_part
        from converter.pull_request.titles import title_of

        try:
            found = inspect_part(self._cache, placed)
            if found is None:
                return Sighting("", self._cache.at(placed.source).look.download_bytes)
        except ConverterError as error:
            return error
        return Sighting(title_of(found), found.download_bytes)


def _with_only(entry: DiffusionEntry | ControlEntry, sources: Sequence[PlacedSource]) -> DiffusionEntry | ControlEntry:
    """The entry without those of its sources that something is wrong with."""
    if isinstance(entry, ControlEntry):
        return entry
    fit = [each.owner for each in sources if each.is_main]
    return replace(
        entry,
        vae=entry.vae if any(not each.is_main for each in sources) else None,
        loras=tuple(lora for lora in entry.loras if any(lora is owner for owner in fit)),
        inversions=tuple(each for each in entry.inversions if any(each is owner for owner in fit)),
    )


def _in_order(
    entry: DiffusionEntry | ControlEntry, main: PlacedSource, sources: Sequence[PlacedSource]
) -> list[PlacedSource]:
    """The sources in the order of the parts of an inspection: the model, its VAE, LoRAs, inversions."""
    parts = (*entry.loras, *entry.inversions) if isinstance(entry, DiffusionEntry) else ()
    vae = [each for each in sources if not each.is_main]
    return [main, *vae, *(next(each for each in sources if each.owner is part) for part in parts)]


def _sightings(found: EntryInspection) -> list[Sighting]:
    from converter.pull_request.titles import title_of

    model, *others = (Sighting(title_of(part.found), part.found.download_bytes) for part in found.parts)
    needs = found.needs
    return [replace(model, release_bytes=needs.release_bytes, disk_bytes=needs.disk_bytes), *others]
