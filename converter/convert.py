"""Convert one entry: from its source to a finished release folder. The order of the steps, and nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from converter.files import sha256_of
from converter.graphs import Component, ComponentKind, TemplateStore, bind
from converter.models import KeyMaps, Model, open_model
from converter.parity import LIMITS, Limits, Measurement, measure, require_within
from converter.progress import Report, silent
from converter.provenance import BoundComponent, Job, bound_component, manifest_of, small_files
from converter.recipe import RECIPE
from converter.registry import DiffusionEntry, fingerprint
from converter.release import MANIFEST_NAME, FileRecord, FolderView, Manifest, ReleaseError, finish, staged, verify
from converter.source_digests import SourceDigests, require_pin
from converter.sources import HubAccess, fetch

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workshop:
    """Where conversion happens."""

    root: Path
    """The repository root: relative sources start here."""
    build: Path
    """Finished folders appear here, as `NAME.vN`."""
    cache: Path
    """Templates and key maps."""
    access: HubAccess
    """For sources on the Hugging Face Hub."""

    @property
    def templates(self) -> TemplateStore:
        return TemplateStore(self.cache / "templates")

    @property
    def key_maps(self) -> KeyMaps:
        return KeyMaps(self.cache / "key-maps")


@dataclass(frozen=True)
class Converted:
    """A finished release folder."""

    folder: Path
    manifest: Manifest
    reused: bool
    """It was there already, from a run that ended before it was published."""


def convert_entry(
    entry: DiffusionEntry, release_version: int, workshop: Workshop, *, parity: bool = True, report: Report = silent
) -> Converted:
    """Make the release folder `NAME.vN` of an entry, unless it is there.

    Args:
        entry: what is asked for.
        release_version: N.
        workshop: where to work.
        parity: compare every component with PyTorch; a folder without that is not published.
        report: called as the work goes on.

    Raises:
        ConverterError: the source, the model, its graphs or their parity; nothing is left behind.
    """
    target = workshop.build / f"{entry.name}.v{release_version}"
    job = Job(entry, release_version, fetch(entry.source, root=workshop.root, access=workshop.access, report=report))
    kept = _kept(target, job, parity=parity, report=report)
    if kept is not None:
        return Converted(target, kept, reused=True)
    path, limits = job.fetched.path, LIMITS[entry.precision] if parity else None
    with (
        open_model(path, workshop.key_maps) as model,
        SourceDigests(path, model.paths) as digests,
        staged(target) as folder,
    ):
        made = [_component(kind, model, folder, workshop, limits=limits, report=report) for kind in ComponentKind]
        sources = digests.records()
        require_pin(entry.sha256, sources, entry.name)

        def manifest_with(files: tuple[FileRecord, ...]) -> Manifest:
            return manifest_of(job, sources, model, made, files)

        bound = [record for component in made for record in component.files]
        manifest = finish(folder, small_files(entry, model), bound, manifest_with)
    return Converted(target, manifest, reused=False)


def _kept(target: Path, job: Job, *, parity: bool, report: Report) -> Manifest | None:
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
        and manifest.source.commit == job.fetched.commit
        and all(_is_same(job.fetched.path, file) for file in manifest.source.files)
    )
    return manifest if same and (manifest.measured or not parity) else None


def _is_same(source: Path, file: FileRecord) -> bool:
    """Whether a source file is still what it was: a local one may have been overwritten since."""
    path = source / file.path if source.is_dir() else source
    return path.is_file() and path.stat().st_size == file.size_bytes and sha256_of(path) == file.sha256


def _component(
    kind: ComponentKind, model: Model, folder: Path, workshop: Workshop, *, limits: Limits | None, report: Report
) -> BoundComponent:
    config, weights = model.graph(kind)
    component = Component(kind, config)
    template = workshop.templates.get(component, report=report)
    bound = bind(template, weights, folder / kind, report=report)
    measured: tuple[Measurement, ...] = ()
    if limits is not None:
        measured = measure(component, weights, folder / kind, report=report)
        require_within(measured, limits, kind)
    return bound_component(kind, template, bound, measured)
