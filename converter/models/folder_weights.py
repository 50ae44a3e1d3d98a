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

_DIFFUSERS = (
    "diffusion_pytorch_model.safetensors",
    "diffusion_pytorch_model.bin",
    "diffusion_pytorch_model.fp16.safetensors",
    "diffusion_pytorch_model.fp16.bin",
)
_TRANSFORMERS = ("model.safetensors", "pytorch_model.bin", "model.fp16.safetensors", "pytorch_model.fp16.bin")

NAMES: dict[Part, tuple[str, ...]] = {
    "text_encoder": _TRANSFORMERS,
    "text_encoder_2": _TRANSFORMERS,
    "unet": _DIFFUSERS,
    "vae": _DIFFUSERS,
    "controlnet": _DIFFUSERS,
}
"""What transformers and diffusers call them: the form that they prefer, the older one, and the variant in float16.

A folder that has a variant beside the whole numbers gives the whole ones.
"""

_INDEX = ".index.json"


def open_component(
    files: ModelFiles, part: Part, opened: ExitStack, *, inside: str | None = None
) -> dict[str, WeightFile]:
    """Open the weight files of a component, which `opened` closes, by their paths in the folder.

    Args:
        files: of the model.
        part: the component.
        opened: closes what was opened.
        inside: where in the folder it is, `unet/` or nothing; the folder of its name when absent.

    Raises:
        ModelError: there are none, or a list of shards is not that of its shards.
        WeightsError: a file cannot be read.
    """
    present, place = set(files.names()), f"{part}/" if inside is None else inside
    for name in NAMES[part]:
        path, index = f"{place}{name}", f"{place}{name}{_INDEX}"
        if path in present and index in present:
            # diffusers loads the shards, transformers the file.
            raise ModelError(
                f"{files.name}: found {name} and {name}{_INDEX} in {place or 'it'}, expected one; remove the other"
            )
        if path in present:
            return {path: opened.enter_context(closing(files.weights(path)))}
        if index in present:
            return _shards(files, index, opened)
    raise _none(files, part, place)


def _none(files: ModelFiles, part: Part, place: str) -> ModelError:
    inside = [PurePosixPath(path) for path in files.names() if path.startswith(place)]
    others = sorted(
        path.name for path in inside if path.suffix in {".bin", ".safetensors", ".json"} and path.stem != "config"
    )
    found = f"found {', '.join(others)}" if others else "found no weights"
    return ModelError(
        f"{files.name}: {found} in {place or 'it'}, expected {' or '.join(NAMES[part])}, or one of them in shards; "
        "other formats and variants are not built, save the model again with `save_pretrained`"
    )


def _shards(files: ModelFiles, index: str, opened: ExitStack) -> dict[str, WeightFile]:
    where, folder = f"{files.name}/{index}", index.rpartition("/")[0]
    suffix = index.removesuffix(_INDEX).rpartition(".")[2]
    listed = _listed(files.read(index, MAX_SMALL_BYTES), where, rf"[A-Za-z0-9_-][A-Za-z0-9._-]*\.{suffix}")
    present, shards = set(files.names()), {}
    for name, keys in sorted(listed.items()):
        path = f"{folder}/{name}" if folder else name
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
