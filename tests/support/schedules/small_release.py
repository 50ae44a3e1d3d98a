"""What stands for a conversion: the folder of a release that `publish` takes, in three small files."""

import hashlib
from pathlib import Path

from converter.registry import Entry, asked, fingerprint
from converter.release.checksums import CHECKSUMS_NAME
from converter.release.manifest import MANIFEST_NAME, Manifest
from converter.release.records import ComponentRecord, FileRecord, ModelRecord, ParityRecord, SourceRecord

_MODEL = ModelRecord("sd1", "Stable Diffusion 1.x", "StableDiffusionPipeline", "epsilon", False, "original", 1, {}, 64)
_WEIGHTS = "unet/weights.pb"


def small_release(folder: Path, entry: Entry, version: int, recipe: int, machine: int = 0) -> Path:
    """Write the release of an entry. Another `machine` measures another figure, so that its manifest differs."""
    weights = f"{entry.name} {recipe}".encode()
    record = FileRecord(_WEIGHTS, len(weights), hashlib.sha256(weights).hexdigest())
    manifest = _manifest(entry, version, recipe, machine, record).to_json()
    (folder / "unet").mkdir(parents=True)
    (folder / _WEIGHTS).write_bytes(weights)
    (folder / MANIFEST_NAME).write_bytes(manifest)
    sums = f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST_NAME}\n{record.sha256}  {_WEIGHTS}\n"
    (folder / CHECKSUMS_NAME).write_text(sums)
    return folder


def _manifest(entry: Entry, version: int, recipe: int, machine: int, weights: FileRecord) -> Manifest:
    parity = ParityRecord({"sample": (1, 4, 8, 8)}, 1e-6 * (machine + 1), 120.0)
    return Manifest(
        name=entry.name,
        version=version,
        fingerprint=fingerprint(entry, recipe),
        recipe=recipe,
        asked=asked(entry),
        sources=(SourceRecord("model", entry.name, f"huggingface://people/{entry.name}", None, ()),),
        model=_MODEL,
        loras=(),
        inversions=(),
        precision="fp32",
        limits={"psnr_db": 60.0},
        components=(ComponentRecord("unet", "0" * 64, 1, 1, weights.size_bytes, (parity,), "fp32"),),
        versions={},
        files=(weights,),
    )
