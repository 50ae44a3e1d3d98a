"""Convert one entry: from its sources to a finished release folder. The order of the steps, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from converter.blending import Blended, blended, replaced_vae
from converter.components import Asked, components_of
from converter.errors import ConverterError
from converter.files import sha256_of
from converter.ingredients import Ingredient, gather
from converter.installed import require_tracing
from converter.models import Model, Said, open_controlnet, open_model
from converter.needs import Blends, needs_of
from converter.progress import Report, silent
from converter.proof import Proof
from converter.proofs import pipeline_key
from converter.provenance import BoundComponent, Job, manifest_of, small_files, source_record
from converter.recipe import RECIPE
from converter.registry import ControlEntry, DiffusionEntry, Format, fingerprint
from converter.release import (
    CONTACT_SHEET,
    MANIFEST_NAME,
    FileRecord,
    FolderView,
    Manifest,
    ReleaseError,
    SourceRecord,
    add_files,
    finish,
    staged,
    verify,
)
from converter.showing import is_shown, shown
from converter.source_digests import SourceDigests, require_pin
from converter.trial import Tried, on_trial
from converter.workshop import Workshop

_log = logging.getLogger(__name__)


class FormatMismatchError(ConverterError):
    """An entry says that its file is of another format than it is."""


@dataclass(frozen=True)
class Converted:
    """A finished release folder."""

    folder: Path
    manifest: Manifest
    reused: bool
    """It was there already, from a run that ended before it was published."""
    compared_before: Mapping[str, str] = field(default_factory=dict)
    """What of it, a component or `pipeline`, had been compared already, and for which release."""


def convert_entry(
    entry: DiffusionEntry | ControlEntry,
    release_version: int,
    workshop: Workshop,
    *,
    parity: bool = True,
    fetched: tuple[Ingredient, ...] | None = None,
    report: Report = silent,
) -> Converted:
    """Make the release folder `NAME.vN` of an entry, unless it is there.

    Args:
        entry: what is asked for.
        release_version: N.
        workshop: where to work.
        parity: compare every component with PyTorch; a folder without that is not published.
        fetched: what the entry names, if it is on this machine; by default it is fetched.
        report: called as the work goes on.

    Raises:
        ConverterError: a source, the model, its graphs or their parity; nothing is left behind.
        NotInstalledError: `parity` is asked for, and PyTorch is not there.
    """
    if parity:
        require_tracing(f"{entry.name}: comparing with PyTorch", "convert with --no-parity, which is not published")
    target = workshop.build / f"{entry.name}.v{release_version}"
    job = Job(entry, release_version, fetched or gather(entry, workshop, report))
    kept = _kept(target, job, workshop.proof, parity=parity, report=report)
    if kept is not None:
        return Converted(target, kept, reused=True)
    with ExitStack() as opened:
        whole, files = open_ingredients(job, workshop, opened)
        at_once = _fitting(whole, entry, workshop, parity=parity)
        digested = digest_sources(job, files, opened)
        folder = opened.enter_context(staged(target))
        asked = Asked(
            release=target.name, precision=entry.precision, optimize=entry.optimize, parity=parity, report=report
        )
        made = components_of(whole, folder, workshop, asked, at_once)
        there = [record for component in made for record in component.files]
        there += add_files(folder, small_files(entry, whole.model))
        draft = manifest_of(job, digested(), whole, made, ())
        tried = on_trial(folder, draft, whole, workshop, report, key=_key(made, there, draft)) if parity else Tried()

        def manifest_with(files: tuple[FileRecord, ...]) -> Manifest:
            return tried.noted(replace(draft, files=files))

        manifest = finish(folder, there, shown(folder, draft, whole, workshop, report), manifest_with)
    return Converted(target, manifest, reused=False, compared_before=_before(made, tried))


def open_ingredients(job: Job, workshop: Workshop, opened: ExitStack) -> tuple[Blended, list[Collection[str]]]:
    """Open what was fetched; `opened` closes it.

    Returns:
        The model as it will be converted, and for each ingredient the weight files that it consists of.

    Raises:
        ModelError: one of them is not what it should be, or they do not fit together.
        BlendError: a LoRA or an inversion is not what it should be, or does not fit the model.
        WeightsError: a weight file is damaged.
    """
    entry, (first, *others) = job.entry, job.ingredients
    if isinstance(entry, ControlEntry):
        model = opened.enter_context(open_controlnet(first.fetched.path, workshop.key_maps))
        _require_format(entry, model)
        return Blended(model), [tuple(model.files)]
    model = opened.enter_context(open_model(first.fetched.path, workshop.key_maps, said_by(entry)))
    _require_format(entry, model)
    files: list[Collection[str]] = [tuple(model.files)]
    for ingredient in others:
        names: Collection[str] = (ingredient.fetched.path.name,)
        if ingredient.role == "vae":
            model, names = replaced_vae(model, ingredient, workshop.key_maps, opened)
        files.append(names)
    return blended(entry, model, others, opened), files


def digest_sources(
    job: Job, files: Sequence[Collection[str]], opened: ExitStack
) -> Callable[[], tuple[SourceRecord, ...]]:
    """Begin to digest the weight files of each ingredient, until `opened` is closed.

    Returns:
        What waits for the digests and gives the records of the sources; it raises a `PinMismatchError` where an entry
        pins another digest.
    """
    digests = [
        opened.enter_context(SourceDigests(ingredient.fetched.path, names))
        for ingredient, names in zip(job.ingredients, files, strict=True)
    ]

    def digested() -> tuple[SourceRecord, ...]:
        records = [digest.records() for digest in digests]
        for ingredient, found in zip(job.ingredients, records, strict=True):
            require_pin(_local_pin(ingredient), found, ingredient.entry.name)
        return tuple(map(source_record, job.ingredients, records))

    return digested


def said_by(entry: DiffusionEntry) -> Said:
    """What an entry says about its model."""
    return Said(
        prediction_type=entry.prediction_type,
        zero_terminal_snr=entry.zero_terminal_snr,
        version=entry.version,
        image_size=entry.image_size,
        pipeline=entry.pipeline,
        control=entry.control,
    )


def format_complaint(entry: DiffusionEntry | ControlEntry, model: Model) -> str | None:
    """What the entry says of the form of its file and the file contradicts.

    The parts of a diffusers folder have forms of their own.
    """
    name, file = next(iter(model.files.items()))
    if model.layout == "diffusers" or entry.format is None:
        return None
    if (entry.format is Format.SAFETENSORS) == (file.form == "safetensors"):
        return None
    return f"`format` is {entry.format}, {name} is a {file.form} file; correct one of the two"


def _require_format(entry: DiffusionEntry | ControlEntry, model: Model) -> None:
    complaint = format_complaint(entry, model)
    if complaint is not None:
        raise FormatMismatchError(f"{entry.name}: {complaint}")


def _kept(target: Path, job: Job, proof: Proof, *, parity: bool, report: Report) -> Manifest | None:
    """The manifest of an earlier run's folder, if it is whole and is what the entry asks for, from the same source."""
    if not (target / MANIFEST_NAME).is_file():
        return None
    try:
        manifest = verify(FolderView(target), report=report).manifest
    except ReleaseError as error:
        _log.warning("%s is made again: %s", target, error)
        return None
    same = (
        manifest.fingerprint == fingerprint(job.entry, RECIPE)
        and manifest.version == job.version
        and are_same_sources(job, manifest.sources)
    )
    return manifest if same and (_is_proved(manifest, proof) or not parity) and _is_shown(manifest, proof) else None


def _is_proved(manifest: Manifest, proof: Proof) -> bool:
    """Whether a folder was compared with what is asked for, or with PyTorch, which stands above it."""
    return manifest.measured and manifest.reference in (None, proof.reference)


def _is_shown(manifest: Manifest, proof: Proof) -> bool:
    """Whether a folder has the images that are asked for, or cannot have any."""
    return not proof.sheet or not is_shown(manifest) or CONTACT_SHEET in {file.path for file in manifest.files}


def are_same_sources(job: Job, sources: Sequence[SourceRecord]) -> bool:
    """Whether an earlier run used what this one fetched, file by file."""
    return len(sources) == len(job.ingredients) and all(map(_is_same_source, job.ingredients, sources))


def _is_same_source(ingredient: Ingredient, source: SourceRecord) -> bool:
    fetched = ingredient.fetched
    same = (ingredient.role, fetched.uri, fetched.commit) == (source.role, source.uri, source.commit)
    return same and all(_is_same(fetched.path, file) for file in source.files)


def _is_same(source: Path, file: FileRecord) -> bool:
    """Whether a source file is still what it was: a local one may have been overwritten since."""
    path = source / file.path if source.is_dir() else source
    return path.is_file() and path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256


def _fitting(whole: Blended, entry: DiffusionEntry | ControlEntry, workshop: Workshop, *, parity: bool) -> int:
    """How many components are bound at the same time.

    Raises:
        MemoryBudgetError: not even one of them after the other fits into the memory that is allowed.
    """
    needs = needs_of(whole.model, 0, Blends(loras=len(whole.loras)), entry.precision)
    workshop.budget.require(needs, entry.name, parity=parity)
    return workshop.budget.at_once(needs, len(whole.model.graphs))


def _key(made: Sequence[BoundComponent], there: Sequence[FileRecord], draft: Manifest) -> str | None:
    """Under which the trial of a release is kept, if all of its components are."""
    keys = {each.record.name: key for each in made if (key := each.proven.key) is not None}
    return pipeline_key(keys, there, draft.model, draft.precision) if len(keys) == len(made) else None


def _before(made: Sequence[BoundComponent], tried: Tried) -> dict[str, str]:
    found = {each.record.name: each.proven.before for each in made} | {"pipeline": tried.before}
    return {name: release for name, release in found.items() if release is not None}


def _local_pin(ingredient: Ingredient) -> str | None:
    """What the digest of a file must be; the replaced VAE has no pin of its own."""
    return None if ingredient.role == "vae" else ingredient.entry.sha256
