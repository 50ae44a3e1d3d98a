"""A source without a model that it is for: an entry of `networks`, or what belongs to a model that is not there."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from converter.blend.lora import LoraHeader
from converter.blending import check_lora, read_inversion_entry
from converter.convert import format_complaint
from converter.errors import ConverterError
from converter.inspection import Fault, LookCache, faults_of, fitting, known_encoders, known_targets, whole_inversion
from converter.models import open_controlnet, open_vae
from converter.online.seen import Fits, Seen, misfit, settled
from converter.registry import (
    CommitPin,
    ControlEntry,
    DiffusionEntry,
    HubSource,
    InversionEntry,
    LoraEntry,
    PlacedSource,
)
from converter.sources import SourceKind, commit_of


def alone_seen(placed: PlacedSource, looks: LookCache) -> Iterator[Seen]:
    """Look at a source by itself: that it is there, is what its entry says, and fits some architecture.

    What this version does not convert (upscalers and the like) is only looked for, and of `.safetensors` files the
    header is read.
    """
    try:
        yield from _seen(placed, looks)
    except ConverterError as error:
        yield misfit(placed, error)


def _seen(placed: PlacedSource, looks: LookCache) -> Iterator[Seen]:
    match placed.owner:
        case ControlEntry() as entry:
            return _controlnet_seen(placed, entry, looks)
        case LoraEntry() as entry:
            return _lora_seen(placed, entry, looks)
        case InversionEntry() as entry:
            return _inversion_seen(placed, entry, looks)
        case DiffusionEntry():  # its model is seen elsewhere, so this is its VAE
            return _vae_seen(placed, looks)
        case _:
            return _there(placed, looks)


def _controlnet_seen(placed: PlacedSource, entry: ControlEntry, looks: LookCache) -> Iterator[Seen]:
    found, workshop = looks.at(placed.source, SourceKind.CONTROLNET), looks.workshop
    with open_controlnet(found.files, workshop.key_maps) as model:
        faults = [check.message for check in faults_of(model, workshop.templates) if isinstance(check, Fault)]
        complaint = format_complaint(entry, model)
    yield from settled(placed, found.look, [*faults, *([complaint] if complaint else [])])


def _lora_seen(placed: PlacedSource, entry: LoraEntry, looks: LookCache) -> Iterator[Seen]:
    found = looks.at(placed.source)
    with closing(found.files.weights(found.files.name)) as file:
        header = LoraHeader(file.name, file, file.metadata)
        fitting(known_targets(looks.workshop.shapes), lambda targets: check_lora(entry, header, targets))
    yield from settled(placed, found.look)


def _inversion_seen(placed: PlacedSource, entry: InversionEntry, looks: LookCache) -> Iterator[Seen]:
    found = looks.of_inversion(placed.source)
    path = whole_inversion(found, looks, placed.sha256)
    fitting(known_encoders(), lambda encoders: read_inversion_entry(entry, path, encoders))
    yield from settled(placed, found.look)


def _vae_seen(placed: PlacedSource, looks: LookCache) -> Iterator[Seen]:
    found = looks.at(placed.source, SourceKind.VAE)
    open_vae(found.files, looks.workshop.key_maps).close()
    yield from settled(placed, found.look)


def _there(placed: PlacedSource, looks: LookCache) -> Iterator[Seen]:
    if isinstance(placed.source, HubSource):
        yield Fits(placed, CommitPin(commit_of(placed.source, looks.workshop.access)))
        return
    found = looks.at(placed.source)
    if not isinstance(found.look.place, Path) and found.files.name.endswith(".safetensors"):
        found.files.weights(found.files.name).close()
    yield from settled(placed, found.look)
