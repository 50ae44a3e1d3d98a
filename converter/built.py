"""What this version builds, of all that a registry may ask for. Pure.

A registry is one file for many versions of the converter, so an entry may be valid and still not built yet; it is then
refused by name. When a later version learns something, its line here goes.
"""

from collections.abc import Iterator

from converter.registry import (
    ControlEntry,
    DiffusionEntry,
    Entry,
    Format,
    Optimize,
    Pipeline,
    Precision,
    ReleaseEntry,
    printable,
)

_BUILT = "`diffusion`, and ControlNets of `networks`"
_UNBUILT_PIPELINES = (Pipeline.ARCHIVE,)
_FORMATS = (Format.SAFETENSORS, Format.CKPT, Format.PT, Format.PTH, Format.BIN)
_PRECISIONS = (Precision.FP32, Precision.FP16, Precision.FP16_INTERNAL, Precision.INT8)
_OPTIMIZE = (Optimize.NONE, Optimize.FUSED)
_UNTRIED = "its operators have kernels on CUDA only and were never run there, so that nothing vouches for them; "
_OPSET = 18


def unbuilt(entry: Entry) -> tuple[str, ...]:
    """What `entry` asks for that this version does not build, a sentence each; empty when it can be converted."""
    if isinstance(entry, DiffusionEntry):
        return (*_release(entry), *_diffusion(entry))
    if isinstance(entry, ControlEntry):
        return tuple(_release(entry))
    kind = f" of type `{entry.kind}`" if entry.kind else ""
    return (f"the section `{entry.section}`{kind} is not built yet; this version builds {_BUILT}",)


def _release(entry: ReleaseEntry) -> Iterator[str]:
    if entry.format is not None and entry.format not in _FORMATS:
        yield _not_built("format", entry.format, ", ".join(_FORMATS))
    if entry.precision not in _PRECISIONS:
        yield _not_built("precision", entry.precision, ", ".join(_PRECISIONS))
    if entry.optimize not in _OPTIMIZE:
        yield _not_built("optimize", entry.optimize, ", ".join(_OPTIMIZE), why=_UNTRIED)
    if entry.opset not in (None, _OPSET):
        yield _not_built("opset", entry.opset, _OPSET)


def _diffusion(entry: DiffusionEntry) -> Iterator[str]:
    if entry.pipeline in _UNBUILT_PIPELINES:
        yield _not_built("pipeline", entry.pipeline, "models that are to be converted")
    asked = (
        ("clip_skip", entry.clip_skip),
        ("single_vae", "true" if entry.single_vae else None),
        ("config", entry.config),
    )
    for key, value in asked:
        if value is not None:
            yield _not_built(key, value, "entries without it")


def _not_built(key: str, value: object, built: object, *, why: str = "") -> str:
    return f"`{key}: {printable(str(value))}` is not built yet; {why}this version builds {built}"
