"""Convert one entry: from its source to a finished release folder. The order of the steps, and nothing else."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib.metadata import version
from math import isfinite
from pathlib import Path

from converter.canonical import JsonObject, readable_json
from converter.graphs import Component, ComponentKind, TemplateStore, bind
from converter.models import KeyMaps, Model, open_model
from converter.parity import LIMITS, Measurement, measure, require_within
from converter.progress import Report, silent
from converter.recipe import RECIPE
from converter.registry import DiffusionEntry, asked, fingerprint
from converter.release import (
    MANIFEST_NAME,
    ComponentRecord,
    FileRecord,
    FolderView,
    Manifest,
    ModelRecord,
    ParityRecord,
    ReleaseError,
    SourceRecord,
    finish,
    model_index,
    staged,
    verify,
)
from converter.source_digests import SourceDigests, require_pin
from converter.sources import Fetched, HubAccess, fetch

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
    kept = _kept(target, entry, release_version, parity=parity, report=report)
    if kept is not None:
        return Converted(target, kept, reused=True)
    fetched = fetch(entry.source, root=workshop.root, access=workshop.access, report=report)
    with (
        open_model(fetched.path, workshop.key_maps) as model,
        SourceDigests(fetched.path, model.paths) as digests,
        staged(target) as folder,
    ):
        made = [_component(kind, model, folder, workshop, parity=parity, report=report) for kind in ComponentKind]
        sources = digests.records()
        require_pin(entry.sha256, sources, entry.name)

        def manifest_of(files: tuple[FileRecord, ...]) -> Manifest:
            components = tuple(component for component, _ in made)
            return _manifest((entry, release_version), (fetched, sources), model, components, files)

        bound = [record for _, records in made for record in records]
        manifest = finish(folder, _small_files(entry, model), bound, manifest_of)
    return Converted(target, manifest, reused=False)


def _kept(
    target: Path, entry: DiffusionEntry, release_version: int, *, parity: bool, report: Report
) -> Manifest | None:
    """The manifest of an earlier run's folder, if it is whole and is what the entry asks for."""
    if not (target / MANIFEST_NAME).is_file():
        return None
    try:
        manifest = verify(FolderView(target), report=report).manifest
    except ReleaseError as error:
        _log.warning("%s is made again: %s", target, error)
        return None
    same = manifest.fingerprint == fingerprint(entry, RECIPE) and manifest.version == release_version
    return manifest if same and (manifest.measured or not parity) else None


def _component(
    kind: ComponentKind, model: Model, folder: Path, workshop: Workshop, *, parity: bool, report: Report
) -> tuple[ComponentRecord, list[FileRecord]]:
    config, weights = model.graph(kind)
    component = Component(kind, config)
    template = workshop.templates.get(component, report=report)
    graph, data = bind(template, weights, folder / kind, report=report)
    measured: tuple[Measurement, ...] = ()
    if parity:
        measured = measure(component, weights, folder / kind, report=report)
        require_within(measured, LIMITS["fp32"], kind)
    record = ComponentRecord(
        name=kind,
        template=template.key,
        nodes=template.nodes,
        parameters=len(template.parameters),
        size_bytes=data.size_bytes,
        parity=tuple(_parity_record(measurement) for measurement in measured),
    )
    files = [FileRecord(f"{kind}/{file.name}", file.size_bytes, file.sha256) for file in (graph, data)]
    return record, files


def _parity_record(measurement: Measurement) -> ParityRecord:
    found = measurement.difference
    return ParityRecord(
        shapes={name: tuple(shape) for name, shape in measurement.shapes.items()},
        max_abs=found.max_abs,
        psnr_db=round(found.psnr_db, 2) if isfinite(found.psnr_db) else None,
    )


def _small_files(entry: DiffusionEntry, model: Model) -> dict[str, bytes]:
    def written(value: JsonObject) -> bytes:
        return readable_json(value)

    return {
        "model_index.json": written(model_index(model.scheduler)),
        "scheduler/scheduler_config.json": written(model.scheduler),
        **{f"tokenizer/{name}": data for name, data in model.tokenizer.items()},
        **{f"{kind}/config.json": written(model.published_config(kind)) for kind in ComponentKind},
        # onnx-web shows this line as the model's hash.
        **({"hash.txt": f"{entry.hash}\n".encode()} if entry.hash else {}),
    }


def _manifest(
    wanted: tuple[DiffusionEntry, int],
    source: tuple[Fetched, tuple[FileRecord, ...]],
    model: Model,
    components: tuple[ComponentRecord, ...],
    files: tuple[FileRecord, ...],
) -> Manifest:
    (entry, release_version), (fetched, sources) = wanted, source
    limits = LIMITS[entry.precision]
    return Manifest(
        name=entry.name,
        version=release_version,
        fingerprint=fingerprint(entry, RECIPE),
        recipe=RECIPE,
        asked=asked(entry),
        source=SourceRecord(fetched.uri, fetched.commit, sources),
        model=ModelRecord(model.architecture, model.layout, model.parameters, dict(model.dtypes)),
        precision=entry.precision,
        limits={"max_abs": limits.max_abs, "psnr_db": limits.psnr_db},
        components=components,
        versions={name: version(name).partition("+")[0] for name in _VERSIONS},
        files=files,
    )


_VERSIONS = ("onnx-registry", "torch", "diffusers", "transformers", "onnx", "onnx-ir", "onnxscript", "onnxruntime")
