"""Convert one entry: from its source to a finished release folder. The order of the steps, and nothing else."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass, field
from pathlib import Path

from converter.errors import ConverterError
from converter.files import sha256_of
from converter.graphs import Component, ComponentKind, TemplateStore, bind
from converter.models import KeyMaps, Model, open_model
from converter.parity import LIMITS, Limits, Measurement, measure, require_within
from converter.progress import Report, silent
from converter.provenance import BoundComponent, Job, bound_component, manifest_of, small_files
from converter.recipe import RECIPE
from converter.registry import DiffusionEntry, Format, Source, fingerprint
from converter.release import MANIFEST_NAME, FileRecord, FolderView, Manifest, ReleaseError, finish, staged, verify
from converter.source_digests import SourceDigests, require_pin
from converter.sources import CivitaiAccess, Downloads, Fetched, HubAccess, SourcePolicy, fetch

_log = logging.getLogger(__name__)


class FormatMismatchError(ConverterError):
    """An entry says that its file is of another format than it is."""


@dataclass(frozen=True)
class Workshop:
    """Where conversion happens."""

    root: Path
    """The repository root: relative sources start here."""
    build: Path
    """Finished folders appear here, as `NAME.vN`."""
    cache: Path
    """Templates, key maps and downloads."""
    access: HubAccess
    """For sources on the Hugging Face Hub."""
    civitai: CivitaiAccess = field(default_factory=CivitaiAccess)
    policy: SourcePolicy = field(default_factory=SourcePolicy)
    """What sources are allowed."""

    @property
    def templates(self) -> TemplateStore:
        return TemplateStore(self.cache / "templates")

    @property
    def key_maps(self) -> KeyMaps:
        return KeyMaps(self.cache / "key-maps")

    def fetch(self, source: Source, *, sha256: str | None = None, report: Report = silent) -> Fetched:
        """Fetch a source; `sha256` is what a downloaded file must have.

        Raises:
            SourceError: it is missing, not allowed, or not what is pinned.
            SourceUnreachable: its host does not answer.
        """
        downloads = Downloads(self.cache / "downloads", self.policy, self.civitai)
        return fetch(source, root=self.root, access=self.access, downloads=downloads, sha256=sha256, report=report)


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
    job = Job(entry, release_version, workshop.fetch(entry.source, sha256=_pin(entry), report=report))
    kept = _kept(target, job, parity=parity, report=report)
    if kept is not None:
        return Converted(target, kept, reused=True)
    path, limits = job.fetched.path, LIMITS[entry.precision] if parity else None
    with (
        open_model(path, workshop.key_maps) as model,
        SourceDigests(path, model.files) as digests,
        staged(target) as folder,
    ):
        _require_format(entry, model)
        made = [_component(kind, model, folder, workshop, limits=limits, report=report) for kind in ComponentKind]
        sources = digests.records()
        require_pin(entry.sha256, sources, entry.name)

        def manifest_with(files: tuple[FileRecord, ...]) -> Manifest:
            return manifest_of(job, sources, model, made, files)

        bound = [record for component in made for record in component.files]
        manifest = finish(folder, small_files(entry, model), bound, manifest_with)
    return Converted(target, manifest, reused=False)


def _pin(entry: DiffusionEntry) -> str | None:
    """The SHA-256 that a downloaded file must have; onnx-web's `hash` may be one, or something shorter."""
    if entry.sha256 is None and entry.hash and re.fullmatch("[0-9A-Fa-f]{64}", entry.hash):
        return entry.hash.lower()
    return entry.sha256


def _require_format(entry: DiffusionEntry, model: Model) -> None:
    """Check what the entry says of its file; the parts of a diffusers folder have forms of their own."""
    name, file = next(iter(model.files.items()))
    if model.layout == "diffusers" or entry.format is None:
        return
    if (entry.format is Format.SAFETENSORS) != (file.form == "safetensors"):
        raise FormatMismatchError(
            f"{entry.name}: `format` is {entry.format}, {name} is a {file.form} file; correct one of the two"
        )


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
