"""An entry for a model, checked as a whole: the model, its VAE, its LoRAs, and its inversions beside each other."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from converter.blend.inversion import TokenVectors, joined
from converter.blend.lora import LoraHeader
from converter.blendable import base_title, encoders_of, targets_of, with_tokens
from converter.blending import check_lora, read_inversion_entry
from converter.convert import format_complaint, said_by
from converter.errors import ConverterError
from converter.inspection import Fault, LookCache, Looked, faults_of, whole_inversion
from converter.models import Model, open_model, with_vae
from converter.online.alone import alone_seen
from converter.online.seen import Seen, misfit, settled
from converter.registry import DiffusionEntry, InversionEntry, LoraEntry, PlacedSource
from converter.sources import SourceKind


def model_entry_seen(entry: DiffusionEntry, placed: Sequence[PlacedSource], looks: LookCache) -> Iterator[Seen]:
    """Look at the sources of an entry: its own, and those of its VAE, LoRAs and inversions.

    If there is no model, the others are looked at by themselves.
    """
    main, others = _split(placed)
    try:
        found = looks.at(main.source)
        model = open_model(found.files, looks.workshop.key_maps, said_by(entry))
    except ConverterError as error:
        yield misfit(main, error)
        for each in others:
            yield from alone_seen(each, looks)
        return
    with model:
        checks = faults_of(model, looks.workshop.templates)
        vae = next((each for each in others if not each.is_main), None)
        own = [fault.message for fault in checks if isinstance(fault, Fault) and not (vae and _is_of_vae(fault))]
        yield from settled(main, found.look, [*_complaints(entry, model), *own])
        if vae is not None:
            yield from _guarded(vae, _vae_seen(vae, model, looks))
        for each in others:
            if isinstance(each.owner, LoraEntry):
                yield from _guarded(each, _lora_seen(each, each.owner, model, looks))
        yield from _inversions_seen(others, model, looks)


def _split(placed: Sequence[PlacedSource]) -> tuple[PlacedSource, list[PlacedSource]]:
    main = next(each for each in placed if isinstance(each.owner, DiffusionEntry) and each.is_main)
    return main, [each for each in placed if each is not main]


def _guarded(placed: PlacedSource, seen: Iterator[Seen]) -> Iterator[Seen]:
    try:
        yield from seen
    except ConverterError as error:
        yield misfit(placed, error)


def _complaints(entry: DiffusionEntry, model: Model) -> list[str]:
    complaint = format_complaint(entry, model)
    return [] if complaint is None else [complaint]


def _is_of_vae(fault: Fault) -> bool:
    return fault.component.startswith("vae_")


def _vae_seen(placed: PlacedSource, model: Model, looks: LookCache) -> Iterator[Seen]:
    found = looks.at(placed.source, SourceKind.VAE)
    changed, vae = with_vae(model, found.files, looks.workshop.key_maps)
    with closing(vae):
        checks = faults_of(changed, looks.workshop.templates)
    faults = [fault.message for fault in checks if isinstance(fault, Fault) and _is_of_vae(fault)]
    yield from settled(placed, found.look, faults)


def _lora_seen(placed: PlacedSource, entry: LoraEntry, model: Model, looks: LookCache) -> Iterator[Seen]:
    found = looks.at(placed.source)
    with closing(found.files.weights(found.files.name)) as file:
        check_lora(entry, LoraHeader(file.name, file, file.metadata), targets_of(model))
    yield from settled(placed, found.look)


def _inversions_seen(placed: Sequence[PlacedSource], model: Model, looks: LookCache) -> Iterator[Seen]:
    """Each inversion beside those before it, so that a token that is there already stands on the line of the later."""
    before: list[TokenVectors] = []
    for each in placed:
        if not isinstance(each.owner, InversionEntry):
            continue
        try:
            found, tokens = _read(each, each.owner, model, looks)
            with_tokens(model, joined([*before, tokens]), each.entry.name)
        except ConverterError as error:
            yield misfit(each, error)
        else:
            before.append(tokens)
            yield from settled(each, found.look)


def _read(placed: PlacedSource, entry: InversionEntry, model: Model, looks: LookCache) -> tuple[Looked, TokenVectors]:
    found = looks.of_inversion(placed.source)
    path = whole_inversion(found, looks, placed.sha256)
    return found, read_inversion_entry(entry, path, encoders_of(model.graph_configs, base_title(model))).tokens
