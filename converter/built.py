"""What this version builds, of all that a registry may ask for. Pure.

A registry is one file for many versions of the converter, so an entry may be valid and still not built yet; it is then
refused by name. When a later version learns something, its line here goes.
"""

from collections.abc import Iterator

from converter.registry import (
    DiffusionEntry,
    Entry,
    Format,
    ModelVersion,
    Optimize,
    Pipeline,
    Precision,
    PredictionType,
    ReleaseEntry,
    printable,
)

_SECTION = DiffusionEntry.section
_PIPELINES = (Pipeline.TXT2IMG, Pipeline.IMG2IMG)
_FORMATS = (Format.SAFETENSORS, Format.CKPT, Format.PT, Format.PTH, Format.BIN)
_IMAGE_SIZE = 512
_OPSET = 18


def unbuilt(entry: Entry) -> tuple[str, ...]:
    """What `entry` asks for that this version does not build, a sentence each; empty when it can be converted."""
    if not isinstance(entry, DiffusionEntry):
        return (f"the section `{entry.section}` is not built yet; this version builds `{_SECTION}`",)
    return (*_release(entry), *_diffusion(entry))


def _release(entry: ReleaseEntry) -> Iterator[str]:
    if entry.format not in (None, *_FORMATS):
        yield _not_built("format", entry.format, ", ".join(_FORMATS))
    if entry.precision is not Precision.FP32:
        yield _not_built("precision", entry.precision, Precision.FP32)
    if entry.optimize is not Optimize.NONE:
        yield _not_built("optimize", entry.optimize, Optimize.NONE)
    if entry.opset not in (None, _OPSET):
        yield _not_built("opset", entry.opset, _OPSET)
    if entry.yanked is not None:
        yield _not_built("yanked", "…", "entries without it")


def _diffusion(entry: DiffusionEntry) -> Iterator[str]:
    if entry.pipeline not in _PIPELINES:
        yield _not_built("pipeline", entry.pipeline, " and ".join(_PIPELINES))
    if entry.version not in (None, ModelVersion.V1):
        yield _not_built("version", entry.version, ModelVersion.V1)
    if entry.image_size not in (None, _IMAGE_SIZE):
        yield _not_built("image_size", entry.image_size, _IMAGE_SIZE)
    if entry.prediction_type not in (None, PredictionType.EPSILON):
        yield _not_built("prediction_type", entry.prediction_type, PredictionType.EPSILON)
    yield from _extras(entry)


def _extras(entry: DiffusionEntry) -> Iterator[str]:
    asked = {
        "zero_terminal_snr": "true" if entry.zero_terminal_snr else None,
        "clip_skip": entry.clip_skip,
        "vae": entry.vae and entry.vae.display(),
        "single_vae": "true" if entry.single_vae else None,
        "control": "true" if entry.control else None,
        "config": entry.config,
        "loras": ", ".join(lora.name for lora in entry.loras) or None,
        "inversions": ", ".join(inversion.name for inversion in entry.inversions) or None,
    }
    yield from (_not_built(key, value, "entries without it") for key, value in asked.items() if value is not None)


def _not_built(key: str, value: object, built: object) -> str:
    return f"`{key}: {printable(str(value))}` is not built yet; this version builds {built}"
