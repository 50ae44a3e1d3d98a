"""Everything that an entry names, and what converting it takes as a whole."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from converter.blendable import base_title, encoders_of, targets_of
from converter.canonical import JsonObject
from converter.convert import said_by
from converter.inspection.convertible import describe_controlnet, describe_model
from converter.inspection.inspect_source import Inspection
from converter.inspection.inversion import InversionInspection, inspect_inversion
from converter.inspection.looks import LookCache
from converter.inspection.lora import inspect_lora
from converter.inspection.vae import inspect_vae_for
from converter.models import Model, open_controlnet, open_model
from converter.needs import Blends, Needs, needs_of
from converter.registry import ControlEntry, DiffusionEntry
from converter.sources import SourceKind
from converter.workshop import Workshop


@dataclass(frozen=True)
class PartInspection:
    """One thing that an entry names."""

    role: str
    """`model`, `vae`, `lora` or `inversion`."""
    name: str
    """Of the entry, or of the LoRA or inversion in it."""
    found: Inspection


@dataclass(frozen=True)
class EntryInspection:
    """An entry, all of whose parts fit each other."""

    name: str
    parts: tuple[PartInspection, ...]
    """The model first, as it is converted: with the VAE that the entry names."""
    needs: Needs
    """Of all parts together."""

    def to_json(self) -> JsonObject:
        """The same as a JSON object."""
        parts = [{"role": part.role, "name": part.name, **part.found.to_json()} for part in self.parts]
        return {"name": self.name, "parts": parts, "needs": asdict(self.needs)}


def inspect_entry(entry: DiffusionEntry | ControlEntry, workshop: Workshop) -> EntryInspection:
    """Look at everything that an entry names.

    Raises:
        ConverterError: a part is not there, damaged, not what the entry says, or does not fit the model.
    """
    return inspect_entry_with(LookCache(workshop), entry)


def inspect_entry_with(looks: LookCache, entry: DiffusionEntry | ControlEntry) -> EntryInspection:
    """The same, with looks that are shared.

    Raises:
        ConverterError: as above.
    """
    workshop = looks.workshop
    if isinstance(entry, ControlEntry):
        found = looks.at(entry.source, SourceKind.CONTROLNET)
        with open_controlnet(found.files, workshop.key_maps) as controlnet:
            described = describe_controlnet(found, controlnet, workshop)
            needs = needs_of(controlnet, found.look.download_bytes, precision=entry.precision)
        return EntryInspection(entry.name, (PartInspection("model", entry.name, described),), needs)
    found = looks.at(entry.source)
    with open_model(found.files, workshop.key_maps, said_by(entry)) as opened:
        vae, model = _with_vae(entry, opened, looks)
        parts = [PartInspection("model", entry.name, describe_model(found, model, workshop)), *vae]
        parts += _blends(entry, model, looks)
        download_bytes = sum(part.found.download_bytes for part in parts)
        return EntryInspection(entry.name, tuple(parts), needs_of(model, download_bytes, _cost(parts), entry.precision))


def _with_vae(entry: DiffusionEntry, model: Model, looks: LookCache) -> tuple[list[PartInspection], Model]:
    if entry.vae is None:
        return [], model
    vae, changed = inspect_vae_for(model, looks.at(entry.vae, SourceKind.VAE), looks.workshop)
    return [PartInspection("vae", entry.name, vae)], changed


def _blends(entry: DiffusionEntry, model: Model, looks: LookCache) -> Iterator[PartInspection]:
    for lora in entry.loras:
        yield PartInspection("lora", lora.name, inspect_lora(looks.at(lora.source), [targets_of(model)]))
    for inversion in entry.inversions:
        found = looks.of_inversion(inversion.source)
        encoders = encoders_of(model.graph_configs, base_title(model))
        yield PartInspection("inversion", inversion.name, inspect_inversion(found, looks, inversion, [encoders]))


def _cost(parts: list[PartInspection]) -> Blends:
    inversions = [part.found for part in parts if isinstance(part.found, InversionInspection)]
    rows = {token: sum(inversion.widths.values()) for inversion in inversions for token in inversion.tokens}
    return Blends(sum(part.role == "lora" for part in parts), 4 * sum(rows.values()))
