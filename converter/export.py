"""Stop before ONNX: one entry, from its sources to a checkpoint or a diffusers folder. The order of the steps."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePosixPath

from converter.blending import Blended
from converter.convert import are_same_sources, digest_sources, open_ingredients
from converter.errors import ConverterError
from converter.export_record import ExportRecord, Finished, Identity, RecordError, read_finished
from converter.files import sha256_of
from converter.graphs import ComponentKind, require_parameters
from converter.ingredients import gather
from converter.models import Model, ModelError, Part, open_controlnet, open_model
from converter.progress import Report, silent
from converter.provenance import Job, inversion_record, lora_record, model_record
from converter.recipe import RECIPE
from converter.registry import ControlEntry, DiffusionEntry, Optimize, Precision, asked, fingerprint
from converter.release import FileRecord, SourceRecord, staged, staged_files
from converter.streaming import Weights
from converter.target import Target
from converter.torch_layouts import (
    Blend,
    Labels,
    LayoutError,
    checkpoint_metadata,
    folder_tensors,
    require_same_model,
    small_files,
    write_checkpoint,
    write_safetensors,
)
from converter.workshop import Workshop

_log = logging.getLogger(__name__)

_FOLDER_RECORD = "manifest.json"


class TokensNeedTokenizerError(ConverterError):
    """A checkpoint is asked for of an entry whose inversions no program could use in one."""


class PrecisionOfExportError(ConverterError):
    """A checkpoint or a diffusers folder is asked for of an entry whose release is in float16 or in 8 bits."""


class OptimizeOfExportError(ConverterError):
    """A checkpoint or a diffusers folder is asked for of an entry whose release has fused operators."""


@dataclass(frozen=True)
class Exported:
    """A finished checkpoint or diffusers folder."""

    path: Path
    record: Finished
    reused: bool
    """It was there already."""


def export_entry(
    entry: DiffusionEntry | ControlEntry,
    release_version: int,
    workshop: Workshop,
    target: Target,
    *,
    report: Report = silent,
) -> Exported:
    """Make the checkpoint `NAME.vN.safetensors` or the folder `NAME.vN.diffusers` of an entry, unless it is there.

    It holds what release N is made of: the same sources, and the same blending.

    Args:
        entry: what is asked for.
        release_version: N.
        workshop: where to work.
        target: what to make; not `ONNX`.
        report: called as the work goes on.

    Raises:
        ConverterError: a source, the model, what is blended, or a model that the layout cannot say; nothing is left.
    """
    _require_float32(entry)
    _require_unfused(entry)
    _require_tokenizer(entry, target)
    path = workshop.build / f"{entry.name}.v{release_version}{target.ending}"
    job = Job(entry, release_version, gather(entry, workshop, report))
    identity = Identity(target, entry.name, release_version, fingerprint(entry, RECIPE), RECIPE)
    kept = _kept(path, identity, job)
    if kept is not None:
        return Exported(path, kept, reused=True)
    with ExitStack() as opened:
        whole, names = open_ingredients(job, workshop, opened)
        _require_complete(whole)
        digested = digest_sources(job, names, opened)
        place = opened.enter_context((staged if target is Target.DIFFUSERS else staged_files)(path))
        if target is Target.DIFFUSERS:
            files = _write_folder(whole, place, report)
        else:
            files = (_write_checkpoint(job, whole, place / path.name, workshop, report),)
        record = _record(identity, job, whole, digested(), files)
        _record_path(place / path.name if target is Target.CHECKPOINT else place).write_bytes(record.to_json())
    return Exported(path, record.finished, reused=False)


def _require_float32(entry: DiffusionEntry | ControlEntry) -> None:
    """Refuse what would be float32 although the entry says float16 or 8 bits."""
    if entry.precision is not Precision.FP32:
        smaller = "8-bit weights" if entry.precision is Precision.INT8 else "float16"
        raise PrecisionOfExportError(
            f"{entry.name}: `precision` is {entry.precision}, and a checkpoint or diffusers folder is written in fp32 "
            f"only; its programs make {smaller} of it themselves. Use an entry without `precision`"
        )


def _require_unfused(entry: DiffusionEntry | ControlEntry) -> None:
    """Refuse what would have no graph, although the entry says how its operators are fused."""
    if entry.optimize is not Optimize.NONE:
        raise OptimizeOfExportError(
            f"{entry.name}: `optimize` is {entry.optimize}, and a checkpoint or diffusers folder has weights and no "
            "operators that could be fused. Use an entry without `optimize`"
        )


def _require_tokenizer(entry: DiffusionEntry | ControlEntry, target: Target) -> None:
    """Refuse a checkpoint with new tokens: it carries no tokenizer, so that no prompt could name them.

    Worse, programs build the text encoder with CLIP's 49408 rows and stop at an embedding that has more: torch refuses
    another shape also with `strict=False`. They take the inversions themselves, from a folder of their own.
    """
    if target is Target.CHECKPOINT and isinstance(entry, DiffusionEntry) and entry.inversions:
        shown = ", ".join(inversion.name for inversion in entry.inversions)
        raise TokensNeedTokenizerError(
            f"{entry.name}: it has inversions ({shown}), and a checkpoint has no tokenizer that knows their tokens; "
            "programs refuse an embedding with more rows than CLIP's. Use `--to diffusers`, or an entry without them "
            "and the files of the inversions beside the checkpoint (`embeddings` of AUTOMATIC1111)"
        )


def _require_complete(whole: Blended) -> None:
    """What binding would check against the template, which is not traced here."""
    for name in whole.model.graphs:
        if name != ComponentKind.CNET:
            graph = whole.graph(name)
            require_parameters(graph.component, graph.weights.shapes)


def _parts(whole: Blended) -> dict[Part, Weights]:
    return {part: whole.part(part) for part in whole.model.state_dicts}


def _write_checkpoint(job: Job, whole: Blended, path: Path, workshop: Workshop, report: Report) -> FileRecord:
    metadata = checkpoint_metadata(whole.model, _labels(job), _blends(job))
    file = write_checkpoint(whole.model, _parts(whole), metadata, path, report=report)
    with _read_again(whole.model, path, workshop) as read:
        require_same_model(whole.model, read, job.entry.name)
    return FileRecord(file.name, file.size_bytes, file.sha256)


def _read_again(model: Model, path: Path, workshop: Workshop) -> Model:
    """The checkpoint as anybody finds it who is told nothing about it."""
    try:
        return (open_controlnet if model.pipeline is None else open_model)(path, workshop.key_maps)
    except ModelError as error:
        raise LayoutError(
            f"a checkpoint carries no configs, and this one would not be read: {error}. Use `--to diffusers`"
        ) from error


def _write_folder(whole: Blended, folder: Path, report: Report) -> tuple[FileRecord, ...]:
    written = []
    for path, tensors in folder_tensors(_parts(whole), alone=whole.model.pipeline is None).items():
        task = f"{path.parent.name or path.name}: streaming weights"
        file = write_safetensors(tensors, {}, folder / path, task=task, report=report)
        written.append(FileRecord(str(path), file.size_bytes, file.sha256))
    return tuple(sorted([*written, *_write_small(small_files(whole.model), folder)], key=lambda file: file.path))


def _write_small(files: Mapping[PurePosixPath, bytes], folder: Path) -> list[FileRecord]:
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    return [FileRecord(str(path), len(data), hashlib.sha256(data).hexdigest()) for path, data in files.items()]


def _labels(job: Job) -> Labels:
    entry = job.entry
    return Labels(entry.label or entry.name, entry.description, entry.license)


def _blends(job: Job) -> list[Blend]:
    """What was blended in beside the model; inversions are in no checkpoint."""
    found = [Blend("vae", item.fetched.uri, {}) for item in job.ingredients if item.role == "vae"]
    loras = job.entry.loras if isinstance(job.entry, DiffusionEntry) else ()
    weights = ((lora.name, {"unet": lora.weight.unet, "text_encoder": lora.weight.text_encoder}) for lora in loras)
    return [*found, *(Blend("lora", name, weight) for name, weight in weights)]


def _record(
    identity: Identity, job: Job, whole: Blended, sources: tuple[SourceRecord, ...], files: tuple[FileRecord, ...]
) -> ExportRecord:
    return ExportRecord(
        identity=identity,
        asked=asked(job.entry),
        sources=sources,
        model=model_record(whole.model),
        loras=tuple(map(lora_record, whole.loras)),
        inversions=tuple(map(inversion_record, whole.inversions)),
        token_ids=whole.token_ids,
        versions={"onnx-registry": version("onnx-registry")},
        files=files,
    )


def _record_path(path: Path) -> Path:
    """In a folder, and beside a file."""
    return path / _FOLDER_RECORD if path.suffix != ".safetensors" else path.with_name(f"{path.name}.json")


def _kept(path: Path, identity: Identity, job: Job) -> Finished | None:
    """The record of an earlier run's work, if that is whole and is what the entry asks for, from the same sources."""
    record = _record_path(path)
    if not record.is_file():
        return None
    try:
        finished = read_finished(record.read_bytes(), str(record))
    except RecordError as error:
        _log.warning("%s is made again: %s", path, error)
        return None
    same = finished.identity == identity and are_same_sources(job, finished.sources)
    return finished if same and all(_is_whole(path, file) for file in finished.files) else None


def _is_whole(path: Path, file: FileRecord) -> bool:
    found = path / file.path if path.is_dir() else path
    return found.is_file() and found.stat().st_size == file.size_bytes and sha256_of(found) == file.sha256
