"""A registry of many entries, and a hub that has a release of each: what a zoo of ten thousand models looks like."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from converter.canonical import JsonObject, readable_json
from converter.hub import Index, IndexRow
from converter.hub.folder_layout import commit_id
from converter.recipe import RECIPE
from converter.registry import Entry, asked, fingerprint, load_registry
from converter.release.checksums import CHECKSUMS_NAME
from converter.release.manifest import MANIFEST_NAME

_LICENCES = ("creativeml-openrail-m", "openrail++", "cc-by-4.0")
_SIZE_BYTES = 4_268_000_000


def registry_of(count: int) -> bytes:
    """A valid registry of `count` models, written as people write it: every source pinned, some in float16."""
    return readable_json({"diffusion": [_entry(number) for number in range(count)]})


def write_hub(root: Path, data: bytes, *, recipe: int = RECIPE) -> Sequence[Entry]:
    """A file hub that has release 1 of every entry of a registry, and its index; the weights are left out.

    Args:
        root: where the hub is made.
        data: the registry's bytes.
        recipe: that the releases were made with.

    Returns:
        The entries.
    """
    entries = load_registry(data, "extras.json").require_valid().entries
    index = Index.of(_released(root, entry, recipe) for entry in entries)
    (root / "main").mkdir(parents=True)
    (root / "main" / "index.json").write_bytes(index.to_json())
    return entries


def _entry(number: int) -> JsonObject:
    digest = hashlib.sha256(str(number).encode()).hexdigest()
    return {
        "name": f"model-{number:05d}",
        "source": f"huggingface://people/model-{number:05d}/model.safetensors",
        "format": "safetensors",
        "revision": digest[:40],
        "sha256": digest,
        "license": _LICENCES[number % len(_LICENCES)],
        "description": f"The model number {number} of a large zoo.",
        **({"precision": "fp16"} if number % 4 == 0 else {}),
    }


def _released(root: Path, entry: Entry, recipe: int) -> IndexRow:
    folder = root / f"{entry.name}.v1"
    folder.mkdir(parents=True)
    sums = f"{hashlib.sha256(entry.name.encode()).hexdigest()}  {MANIFEST_NAME}\n".encode()
    (folder / CHECKSUMS_NAME).write_bytes(sums)
    return _row(entry, recipe, hashlib.sha256(sums).hexdigest(), commit_id(folder))


def _row(entry: Entry, recipe: int, sums_sha256: str, commit: str) -> IndexRow:
    said = asked(entry)
    return IndexRow(
        name=entry.name,
        version=1,
        tag=f"{entry.name}.v1",
        commit=commit,
        fingerprint=fingerprint(entry, recipe),
        recipe=recipe,
        asked=said,
        architecture="sd1",
        precision=str(said.get("precision", "fp32")),
        license=str(said["license"]) if "license" in said else None,
        size_bytes=_SIZE_BYTES,
        sums_sha256=sums_sha256,
        files=tuple(
            f"{hashlib.sha256(f'{entry.name} {part} {name}'.encode()).hexdigest()} {_SIZE_BYTES // 8} {part}/{name}"
            for part in ("text_encoder", "unet", "vae_decoder", "vae_encoder")
            for name in ("model.onnx", "weights.pb")
        ),
    )
