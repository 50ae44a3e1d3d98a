"""What each step of a conversion found, in the words of the manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from converter.blend.inversion import InversionRecord as Inversion
from converter.blending import Blended, BlendedLora
from converter.canonical import readable_json
from converter.graphs import MINIMUM_ONNXRUNTIME, ComponentKind, Template, fused_operators
from converter.ingredients import Ingredient
from converter.installed import versions_of
from converter.models import Model
from converter.parity import LIMITS, PIPELINE_LIMITS, Measurement, PipelineMeasurement
from converter.proofs import Proven
from converter.recipe import RECIPE
from converter.registry import ControlEntry, DiffusionEntry, Precision, asked, fingerprint
from converter.release import (
    ComponentRecord,
    FileRecord,
    InversionRecord,
    LoraRecord,
    Manifest,
    ModelRecord,
    ParityRecord,
    PipelineRecord,
    SourceRecord,
    model_index,
)
from converter.streaming import StreamedFile

_VERSIONS = ("onnx-registry", "torch", "diffusers", "transformers", "onnx", "onnx-ir", "onnxscript", "onnxruntime")


@dataclass(frozen=True)
class Job:
    """One release to be made."""

    entry: DiffusionEntry | ControlEntry
    version: int
    ingredients: tuple[Ingredient, ...]
    """The model first."""


@dataclass(frozen=True)
class BoundComponent:
    """One graph of the release, and its two files."""

    record: ComponentRecord
    files: tuple[FileRecord, ...]
    proven: Proven
    """Against its reference, now or before."""


def bound_component(
    kind: ComponentKind,
    precision: Precision,
    template: Template,
    bound: Sequence[StreamedFile],
    proven: Proven,
) -> BoundComponent:
    """The record of a component whose graph and data (in this order) are `bound`."""
    record = ComponentRecord(
        name=kind,
        template=template.key,
        nodes=template.nodes,
        parameters=len(template.parameters),
        size_bytes=bound[1].size_bytes,
        parity=tuple(_parity_record(measurement) for measurement in proven.measured),
        precision=precision,
        fused=fused_operators(template),
    )
    files = tuple(FileRecord(f"{kind}/{file.name}", file.size_bytes, file.sha256) for file in bound)
    return BoundComponent(record, files, proven)


def small_files(entry: DiffusionEntry | ControlEntry, model: Model) -> dict[str, bytes]:
    """Path to content of everything in a release that is neither a graph nor about the release itself."""
    shown = entry.hash if isinstance(entry, DiffusionEntry) else None
    return {
        **_pipeline_index(model),
        **{f"{name}/scheduler_config.json": readable_json(config) for name, config in model.schedulers.items()},
        **{f"{folder}/{name}": data for folder, files in model.tokenizers.items() for name, data in files.items()},
        **{f"{graph}/config.json": readable_json(model.published_config(graph)) for graph in model.graphs},
        # onnx-web shows this line as the model's hash.
        **({"hash.txt": f"{shown}\n".encode()} if shown else {}),
    }


def _pipeline_index(model: Model) -> dict[str, bytes]:
    if model.pipeline is None:
        return {}
    tokenizers = dict.fromkeys(model.tokenizers, "CLIPTokenizer")
    schedulers = {name: str(config["_class_name"]) for name, config in model.schedulers.items()}
    index = model_index(model.pipeline.class_name, model.pipeline.flags, model.graphs, {**tokenizers, **schedulers})
    return {"model_index.json": readable_json(index)}


def manifest_of(
    job: Job,
    sources: tuple[SourceRecord, ...],
    blended: Blended,
    components: Sequence[BoundComponent],
    files: tuple[FileRecord, ...],
) -> Manifest:
    """The manifest of a release.

    Args:
        job: what was asked and fetched.
        sources: the weight files that were read, by what they were read for.
        blended: what they turned out to be.
        components: what was traced, bound and measured.
        files: every file of the folder except the manifest, the card and the checksums.
    """
    entry = job.entry
    in_blocks = any(component.record.precision == Precision.INT8 for component in components)
    return Manifest(
        name=entry.name,
        version=job.version,
        fingerprint=fingerprint(entry, RECIPE),
        recipe=RECIPE,
        asked=asked(entry),
        sources=sources,
        model=model_record(blended.model),
        loras=tuple(lora_record(lora) for lora in blended.loras),
        inversions=tuple(inversion_record(inversion) for inversion in blended.inversions),
        precision=entry.precision,
        limits=LIMITS[entry.precision].as_record(),
        components=tuple(component.record for component in components),
        versions=versions_of(_VERSIONS),
        files=files,
        # What a client would add a LoRA to is whole numbers, of blocks whose scales it does not know.
        runtime_blending=not in_blocks,
        minimum_onnxruntime=MINIMUM_ONNXRUNTIME if in_blocks else None,
    )


def source_record(ingredient: Ingredient, files: tuple[FileRecord, ...]) -> SourceRecord:
    """The record of an ingredient whose files were digested."""
    return SourceRecord(
        ingredient.role, ingredient.entry.name, ingredient.fetched.uri, ingredient.fetched.commit, files
    )


def _parity_record(measurement: Measurement) -> ParityRecord:
    found = measurement.difference
    return ParityRecord(
        shapes={name: tuple(shape) for name, shape in measurement.shapes.items()},
        max_abs=found.max_abs,
        psnr_db=_decibels(found.psnr_db),
    )


def pipeline_record(measured: PipelineMeasurement, precision: str) -> PipelineRecord:
    """The record of a pipeline that keeps the limits of a precision."""
    return PipelineRecord(
        settings=dict(measured.settings),
        latents_psnr_db=_decibels(measured.latents.psnr_db),
        image_psnr_db=_decibels(measured.image.psnr_db),
        limits=PIPELINE_LIMITS[precision].as_record(),
    )


def _decibels(ratio_db: float) -> float | None:
    return round(ratio_db, 2) if isfinite(ratio_db) else None


def model_record(model: Model) -> ModelRecord:
    """The record of what the source turned out to be."""
    return ModelRecord(
        architecture=model.architecture,
        title=model.title,
        pipeline=model.pipeline.class_name if model.pipeline else None,
        prediction_type=model.prediction.prediction_type if model.prediction else None,
        zero_terminal_snr=model.prediction.zero_terminal_snr if model.prediction else False,
        layout=model.layout,
        parameters=model.parameters,
        dtypes=dict(model.dtypes),
        image_multiple=model.image_multiple,
    )


def lora_record(lora: BlendedLora) -> LoraRecord:
    """The record of a LoRA that was blended in."""
    summary, weight = lora.plan.summary, lora.entry.weight
    return LoraRecord(
        name=lora.entry.name,
        weight={"unet": weight.unet, "text_encoder": weight.text_encoder},
        dialects=tuple(map(str, summary.dialects)),
        algorithms=dict(summary.algorithms),
        layers={str(part): count for part, count in summary.layers.items()},
        ranks=summary.ranks,
        alphas=lora.plan.alphas,
    )


def inversion_record(inversion: Inversion) -> InversionRecord:
    """The record of an inversion that was added."""
    return InversionRecord(
        name=inversion.name,
        kind=inversion.kind.value,
        vectors=inversion.vectors,
        widths={str(encoder): width for encoder, width in inversion.widths.items()},
        tokens=inversion.tokens,
        weight=inversion.weight,
    )
