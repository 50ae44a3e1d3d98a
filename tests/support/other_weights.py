"""The weights of a diffusers folder in other forms: torch's, and cut into shards."""

import json
from pathlib import Path

from tests.support.model_folders import copy_folder
from tests.support.torch_files import save


def as_bin(folder: Path, target: Path, *, legacy: bool = False) -> Path:
    """A copy with `.bin` weights, as libraries saved before safetensors."""
    from safetensors.torch import load_file

    copy_folder(folder, target)
    for path in target.rglob("*.safetensors"):
        name = "pytorch_model.bin" if path.parent.name == "text_encoder" else "diffusion_pytorch_model.bin"
        save(load_file(path), path.with_name(name), legacy=legacy)
        path.unlink()
    return target


def in_shards(folder: Path, target: Path, *, count: int = 3) -> Path:
    """A copy whose weights, of either form, are cut into `count` shards each, with their index."""
    copy_folder(folder, target)
    for path in [*target.rglob("*.safetensors"), *target.rglob("*.bin")]:
        _cut(path, count)
        path.unlink()
    return target


def _cut(path: Path, count: int) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    torches = path.suffix == ".bin"
    tensors = torch.load(path) if torches else load_file(path)
    weight_map: dict[str, str] = {}
    for number in range(count):
        shard = f"{path.stem}-{number + 1:05}-of-{count:05}{path.suffix}"
        part = {name: tensors[name] for name in list(tensors)[number::count]}
        weight_map |= dict.fromkeys(part, shard)
        if torches:
            save(part, path.with_name(shard))
        else:
            save_file(part, path.with_name(shard))
    index = {"metadata": {"total_size": 1}, "weight_map": weight_map}
    path.with_name(f"{path.name}.index.json").write_text(json.dumps(index), "utf-8")
