"""The weights of one component of a diffusers folder: one file or several shards, safetensors or torch."""

import re
from collections.abc import Mapping
from contextlib import ExitStack, closing
from pathlib import PurePosixPath

from converter.canonical import JsonObject
from converter.listing import first_ten
from converter.models.configs import Part, read_object
from converter.models.errors import ModelError
from converter.models.model_files import MAX_SMALL_BYTES, ModelFiles
from converter.weights import WeightFile

NAMES: dict[Part, tuple[str, str]] = {
    "text_encoder": ("model.safetensors", "pytorch_model.bin"),
    "unet": ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"),
    "vae": ("diffusion_pytorch_model.safetensors", "diffusion_pytorch_model.bin"),
}
"""What transformers and diffusers call them: the form that they prefer, then the older one."""

_INDEX = ".index.json"


def open_component(files: ModelFiles, part: Part, opened: ExitStack) -> dict[str, WeightFile]:
    """Open the weight files of a component, which `opened` closes, by their paths in the folder.

    Raises:
        ModelError: there are none, or a list of shards is not that of its shards.
        WeightsError: a file cannot be read.
    """
    present = set(files.names())
    for name in NAMES[part]:
        path, index = f"{part}/{name}", f"{part}/{name}{_INDEX}"
        if path in present and index in present:
            # diffusers loads the shards, transformers the file.
            raise ModelError(
                f"{files.name}: found {name} and {name}{_INDEX} in {part}/, expected one; remove the other"
            )
        if path in present:
            return {path: opened.enter_context(closing(files.weights(path)))}
        if index in present:
            return _shards(files, index, opened)
    raise _none(files, part)


def _none(files: ModelFiles, part: Part) -> ModelError:
    inside = [PurePosixPath(path) for path in files.names() if path.startswith(f"{part}/")]
    others = sorted(
        path.name for path in inside if path.suffix in {".bin", ".safetensors", ".json"} and path.stem != "config"
    )
    found = f"found {', '.join(others)}" if others else "found no weights"
    return ModelError(
        f"{files.name}: {found} in {part}/, expected {' or '.join(NAMES[part])}, or one of them in shards; other "
        "formats and variants are not built yet, save the model again with `save_pretrained`"
    )


def _shards(files: ModelFiles, index: str, opened: ExitStack) -> dict[str, WeightFile]:
    where, folder = f"{files.name}/{index}", index.rpartition("/")[0]
    suffix = index.removesuffix(_INDEX).rpartition(".")[2]
    listed = _listed(files.read(index, MAX_SMALL_BYTES), where, rf"[A-Za-z0-9_-][A-Za-z0-9._-]*\.{suffix}")
    present, shards = set(files.names()), {}
    for name, keys in sorted(listed.items()):
        path = f"{folder}/{name}"
        if path not in present:
            raise ModelError(f"{where}: there is no {name}, expected every shard that it lists; fetch the model again")
        shards[path] = opened.enter_context(closing(files.weights(path)))
        _require_same(keys, set(shards[path].names), f"{where}: {name}")
    return shards


def _listed(index: bytes, where: str, pattern: str) -> Mapping[str, set[str]]:
    """Shard to its keys. Shards are plain names: `../../secret.bin` would open a file outside the model."""
    content: JsonObject = read_object(index, where)
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
