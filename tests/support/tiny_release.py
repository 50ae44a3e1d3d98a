"""A release folder of a few hundred kilobytes that is whole: manifest with parity, components, card, checksums."""

import hashlib
import random
from collections.abc import Mapping
from pathlib import Path

from converter.canonical import JsonObject, digest_of
from converter.release.manifest import Manifest
from converter.release.records import ComponentRecord, FileRecord, ModelRecord, ParityRecord, SourceRecord

_CARD = "---\nlicense: mit\n---\n# {name}\n"
_MODEL = ModelRecord(
    architecture="sd1",
    title="Stable Diffusion 1.x",
    pipeline="StableDiffusionPipeline",
    prediction_type="epsilon",
    zero_terminal_snr=False,
    layout="diffusers",
    parameters=1000,
    dtypes={"F32": 3},
    image_multiple=64,
)


def tiny_release(
    folder: Path,
    name: str = "pico",
    version: int = 1,
    *,
    seed: int = 0,
    measured: bool = True,
    extra: Mapping[str, bytes] | None = None,
    weights_bytes: int = 20_000,
) -> Path:
    """Write a release folder; the same arguments give the same bytes. `extra` files are listed as the others are."""
    contents = {
        "model_index.json": b'{"_class_name": "StableDiffusionPipeline"}\n',
        "scheduler/scheduler_config.json": b"{}\n",
        "unet/config.json": b"{}\n",
        "unet/model.onnx": b"\x08\x08graph " + name.encode(),
        "unet/weights.pb": random.Random(f"{name} {seed}").randbytes(weights_bytes),
        **(extra or {}),
    }
    for path, data in contents.items():
        _write(folder / path, data)
    manifest = _manifest(name, version, seed, measured=measured, files=_records(contents))
    _write(folder / "manifest.json", manifest.to_json())
    _write(folder / "README.md", _CARD.format(name=name).encode())
    write_checksums(folder)
    return folder


def write_checksums(folder: Path) -> None:
    """Write `SHA256SUMS` for the files that are there now."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {name}\n"
        for name, path in sorted(found.items())
        if name != "SHA256SUMS"
    ]
    _write(folder / "SHA256SUMS", "".join(lines).encode())


def contents_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _manifest(name: str, version: int, seed: int, *, measured: bool, files: tuple[FileRecord, ...]) -> Manifest:
    asked: JsonObject = {"name": name, "source": f"./{name}.safetensors", "license": "mit", "seed": seed}
    parity = (ParityRecord({"sample": (1, 4, 8, 8)}, 1e-6, 120.0),) if measured else ()
    return Manifest(
        name=name,
        version=version,
        fingerprint=digest_of({"asked": asked, "recipe": 1}),
        recipe=1,
        asked=asked,
        sources=(SourceRecord("model", name, f"./{name}.safetensors", None, ()),),
        model=_MODEL,
        loras=(),
        inversions=(),
        precision="fp32",
        limits={"max_abs": 1e-3, "psnr_db": 60.0},
        components=(ComponentRecord("unet", "0" * 64, 3, 2, 20_000, parity, "fp32"),),
        versions={"torch": "2.13.0"},
        files=files,
    )


def _records(contents: Mapping[str, bytes]) -> tuple[FileRecord, ...]:
    return tuple(
        FileRecord(path, len(data), hashlib.sha256(data).hexdigest()) for path, data in sorted(contents.items())
    )


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
