"""The weights of one component of a diffusers folder: one file or several shards, safetensors or torch."""

import re
from contextlib import ExitStack
from pathlib import Path

from converter.canonical import JsonObject
from converter.listing import first_ten
from converter.models.configs import Part, read_object
from converter.models.errors import ModelError
from converter.weights import MappedFile, open_weights

NAMES: dict[Part, tuple[str, str]] = {
    "text_encoder": ("model.safetensors", "pytorch_model.bin"),
    "unet": ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"),
    "vae": ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"),
}
"""What transformers and diffusers call them: the form that they prefer, then the older one."""

_INDEX = ".index.json"
_MAX_INDEX_BYTES = 32 << 20


def open_component(folder: Path, part: Part, opened: ExitStack) -> tuple[MappedFile, ...]:
    """Open the weight files of a component, which `opened` closes.

    Raises:
        ModelError: there are none, or a list of shards is not that of its shards.
        WeightsError: a file cannot be read.
    """
    for name in NAMES[part]:
        path = folder / part / name
        index = path.with_name(name + _INDEX)
        if path.is_file() and index.is_file():
            # diffusers loads the shards, transformers the file.
            raise ModelError(f"{folder.name}: found {name} and {index.name} in {part}/, expected one; remove the other")
        if path.is_file():
            return (opened.enter_context(open_weights(path)),)
        if index.is_file():
            return _shards(index, f"{folder.name}/{part}/{index.name}", opened)
    raise _none(folder, part)


def _none(folder: Path, part: Part) -> ModelError:
    others = sorted(
        path.name
        for path in (folder / part).glob("*")
        if path.suffix in {".bin", ".safetensors", ".json"} and path.stem != "config"
    )
    found = f"found {', '.join(others)}" if others else "found no weights"
    return ModelError(
        f"{folder.name}: {found} in {part}/, expected {' or '.join(NAMES[part])}, or one of them in shards; other "
        "formats and variants are not built yet, save the model again with `save_pretrained`"
    )


def _shards(index: Path, where: str, opened: ExitStack) -> tuple[MappedFile, ...]:
    suffix = index.name.removesuffix(_INDEX).rpartition(".")[2]
    listed = _listed(index, where, rf"[A-Za-z0-9_-][A-Za-z0-9._-]*\.{suffix}")
    files = []
    for name, keys in sorted(listed.items()):
        path = index.with_name(name)
        if not path.is_file():
            raise ModelError(f"{where}: there is no {name}, expected every shard that it lists; fetch the model again")
        file = opened.enter_context(open_weights(path))
        _require_same(keys, set(file.names), f"{where}: {name}")
        files.append(file)
    return tuple(files)


def _listed(index: Path, where: str, pattern: str) -> dict[str, set[str]]:
    """Shard to its keys. Shards are plain names: `../../secret.bin` would open a file outside the model."""
    if index.stat().st_size > _MAX_INDEX_BYTES:
        raise ModelError(f"{where}: {index.stat().st_size:,} bytes, expected a list of keys of a few hundred kilobytes")
    content: JsonObject = read_object(index.read_bytes(), where)
    weight_map = content.get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise ModelError(f"{where}: there is no weight_map, expected key to shard; save the model again")
    listed: dict[str, set[str]] = {}
    for key, name in weight_map.items():
        if not isinstance(name, str) or not re.fullmatch(pattern, name):
            raise ModelError(
                f"{where}: {key[:80]!r} is in {str(name)[:80]!r}, expected a file beside it; save the model again"
            )
        listed.setdefault(name, set()).add(key)
    return listed


def _require_same(listed: set[str], found: set[str], where: str) -> None:
    for what, keys in (("lacks", listed - found), ("has, unlisted,", found - listed)):
        if keys:
            raise ModelError(
                f"{where} {what} {first_ten(sorted(keys))}; expected exactly the keys that its index "
                "lists: use the files of one save"
            )
