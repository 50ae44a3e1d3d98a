"""What each step of a conversion found, in the words of the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from math import isfinite

from converter.canonical import readable_json
from converter.graphs import BoundFile, ComponentKind, Template
from converter.models import Model
from converter.parity import LIMITS, Measurement
from converter.recipe import RECIPE
from converter.registry import DiffusionEntry, asked, fingerprint
from converter.release import (
    ComponentRecord,
    FileRecord,
    Manifest,
    ModelRecord,
    ParityRecord,
    SourceRecord,
    model_index,
)
from converter.sources import Fetched

_VERSIONS = ("onnx-registry", "torch", "diffusers", "transformers", "onnx", "onnx-ir", "onnxscript", "onnxruntime")


@dataclass(frozen=True)
class Job:
    """One release to be made."""

    entry: DiffusionEntry
    version: int
    fetched: Fetched


@dataclass(frozen=True)
class BoundComponent:
    """One graph of the release, and its two files."""

    record: ComponentRecord
    files: tuple[FileRecord, ...]


def bound_component(
    kind: ComponentKind, template: Template, bound: Sequence[BoundFile], measured: Sequence[Measurement]
) -> BoundComponent:
    """The record of a component whose graph and data (in this order) are `bound`."""
    record = ComponentRecord(
        name=kind,
        template=template.key,
        nodes=template.nodes,
        parameters=len(template.parameters),
        size_bytes=bound[1].size_bytes,
        parity=tuple(_parity_record(measurement) for measurement in measured),
    )
    return BoundComponent(
        record, tuple(FileRecord(f"{kind}/{file.name}", file.size_bytes, file.sha256) for file in bound)
    )


def small_files(entry: DiffusionEntry, model: Model) -> dict[str, bytes]:
    """Path to content of everything in a release that is neither a graph nor about the release itself."""
    return {
        "model_index.json": readable_json(model_index(model.scheduler)),
        "scheduler/scheduler_config.json": readable_json(model.scheduler),
        **{f"tokenizer/{name}": data for name, data in model.tokenizer.items()},
        **{f"{kind}/config.json": readable_json(model.published_config(kind)) for kind in ComponentKind},
        # onnx-web shows this line as the model's hash.
        **({"hash.txt": f"{entry.hash}\n".encode()} if entry.hash else {}),
    }


def manifest_of(
    job: Job,
    sources: tuple[FileRecord, ...],
    model: Model,
    components: Sequence[BoundComponent],
    files: tuple[FileRecord, ...],
) -> Manifest:
    """The manifest of a release.

    Args:
        job: what was asked and fetched.
        sources: the weight files that were read.
        model: what they turned out to be.
        components: what was traced, bound and measured.
        files: every file of the folder except the manifest, the card and the checksums.
    """
    entry, limits = job.entry, LIMITS[job.entry.precision]
    return Manifest(
        name=entry.name,
        version=job.version,
        fingerprint=fingerprint(entry, RECIPE),
        recipe=RECIPE,
        asked=asked(entry),
        source=SourceRecord(job.fetched.uri, job.fetched.commit, sources),
        model=_model_record(model),
        precision=entry.precision,
        limits={"max_abs": limits.max_abs, "psnr_db": limits.psnr_db},
        components=tuple(component.record for component in components),
        versions={name: version(name).partition("+")[0] for name in _VERSIONS},
        files=files,
    )


def _parity_record(measurement: Measurement) -> ParityRecord:
    found = measurement.difference
    return ParityRecord(
        shapes={name: tuple(shape) for name, shape in measurement.shapes.items()},
        max_abs=found.max_abs,
        psnr_db=round(found.psnr_db, 2) if isfinite(found.psnr_db) else None,
    )


def _model_record(model: Model) -> ModelRecord:
    return ModelRecord(
        architecture=model.architecture,
        layout=model.layout,
        parameters=model.parameters,
        dtypes=dict(model.dtypes),
        image_multiple=model.image_multiple,
    )
