"""Stable Diffusion 1.x models made from a seed, in both layouts: real formats and real key names, at any size.

The original layout is written by a table of its own, the inverse of the one that the converter gets from diffusers;
`tests/support/test_sd1_models.py` checks it against diffusers' `from_single_file`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from converter.graphs import Component, ComponentKind
from converter.graphs.modules import build_module
from converter.models.configs import Part, graph_config, shipped
from converter.models.tokenizer import tokenizer_files

Array = np.ndarray[Any, Any]
Values = Callable[[], Array]


@dataclass(frozen=True)
class Sd1:
    """A model: shapes from configs, numbers from a seed."""

    configs: Mapping[Part, Mapping[str, Any]]
    seed: int = 0
    dtype: str = "float32"
    changed: Mapping[str, Array] = field(default_factory=dict)
    """Parameter name to the value that it has instead of the seeded one."""

    def tensors(self, part: Part) -> dict[str, Values]:
        """Parameter name to a function that makes its value, so that a full model need not fit in memory."""
        return {name: self._values(part, name, shape) for name, shape in self.shapes(part).items()}

    def shapes(self, part: Part) -> dict[str, tuple[int, ...]]:
        return dict(_parameter_shapes(part, json.dumps(dict(self.configs[part]))))

    def _values(self, part: Part, name: str, shape: tuple[int, ...]) -> Values:
        def make() -> Array:
            if name in self.changed:
                return self.changed[name]
            seed = hashlib.sha256(f"{self.seed} {part} {name}".encode()).digest()
            normal = np.random.default_rng(list(seed)).standard_normal(shape, dtype=np.float32)
            return (_scaled(name, normal)).astype(self.dtype)

        return make


@cache
def _parameter_shapes(part: Part, config: str) -> Mapping[str, tuple[int, ...]]:
    """By torch's own modules; kept, because building them takes longer than writing a tiny model."""
    kinds = {
        "text_encoder": [ComponentKind.TEXT_ENCODER],
        "unet": [ComponentKind.UNET],
        "vae": [ComponentKind.VAE_ENCODER, ComponentKind.VAE_DECODER],
    }[part]
    graph = graph_config(part, json.loads(config), part)
    modules = [build_module(Component(kind, graph)) for kind in kinds]
    return {name: tuple(p.shape) for module in modules for name, p in module.named_parameters()}


def pico(seed: int = 0, **changes: Any) -> Sd1:
    """The smallest model that has everything: two UNet blocks, one with attention; about 5 million parameters."""
    text = {**shipped("sd1", "text_encoder"), "hidden_size": 64, "projection_dim": 64, "intermediate_size": 128}
    unet = {
        **shipped("sd1", "unet"),
        "block_out_channels": [32, 64],
        "layers_per_block": 1,
        "cross_attention_dim": 64,
        "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
    }
    vae = {
        **shipped("sd1", "vae"),
        "block_out_channels": [32, 64],
        "layers_per_block": 1,
        "down_block_types": ["DownEncoderBlock2D"] * 2,
        "up_block_types": ["UpDecoderBlock2D"] * 2,
    }
    configs = {
        "text_encoder": {**text, "num_hidden_layers": 2, "num_attention_heads": 1},
        "unet": unet,
        "vae": vae,
    }
    return Sd1(configs, seed, **changes)


def sd15(seed: int = 0, **changes: Any) -> Sd1:
    """Stable Diffusion 1.5's own shapes: 1.07 billion parameters, 4.3 GB in float32."""
    return Sd1({part: shipped("sd1", part) for part in ("text_encoder", "unet", "vae")}, seed, **changes)


def write_folder(model: Sd1, folder: Path, *, flat_text_encoder: bool = False, old_attention: bool = False) -> Path:
    """Write a diffusers folder.

    Args:
        model: what to write.
        folder: where.
        flat_text_encoder: without `text_model.`, as transformers 5 saves it.
        old_attention: with the VAE attention names of diffusers before 0.12.
    """
    for part, config in model.configs.items():
        (folder / part).mkdir(parents=True)
        (folder / part / "config.json").write_text(json.dumps(dict(config), indent=2))
        tensors = model.tensors(part)
        if part == "text_encoder" and flat_text_encoder:
            tensors = {name.removeprefix("text_model."): value for name, value in tensors.items()}
        if part == "vae" and old_attention:
            tensors = {_old_attention(name): value for name, value in tensors.items()}
        name = "model.safetensors" if part == "text_encoder" else "diffusion_pytorch_model.safetensors"
        write_safetensors(folder / part / name, tensors, _shapes(model, part, tensors), model.dtype)
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(shipped("sd1", "scheduler"), indent=2))
    (folder / "tokenizer").mkdir()
    for name, data in tokenizer_files().items():
        (folder / "tokenizer" / name).write_bytes(data)
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.39.0",
        "scheduler": ["diffusers", "PNDMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "safety_checker": [None, None],
        "feature_extractor": [None, None],
        "requires_safety_checker": False,
    }
    (folder / "model_index.json").write_text(json.dumps(index, indent=2))
    return folder


def original_tensors(model: Sd1) -> tuple[dict[str, Values], dict[str, tuple[int, ...]]]:
    """The tensors of the original layout and their shapes, with leftovers of training as SD 1.5's own file has."""
    tensors: dict[str, Values] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for part in model.configs:
        wanted = model.shapes(part)
        for name, values in model.tensors(part).items():
            key = original_name(part, name, layers=int(model.configs[part].get("layers_per_block", 0)), model=model)
            convolution = part == "vae" and ".attentions." in name and len(wanted[name]) == 2
            shapes[key] = (*wanted[name], 1, 1) if convolution else wanted[name]
            tensors[key] = _reshaped(values, shapes[key])
    length = int(model.configs["text_encoder"]["max_position_embeddings"])
    leftovers = {
        "cond_stage_model.transformer.text_model.embeddings.position_ids": np.arange(length, dtype=np.int64)[None],
        "alphas_cumprod": np.linspace(1, 0, 1000, dtype=np.float32),
        "model_ema.num_updates": np.array(470000, np.int32),
    }
    for name, value in leftovers.items():
        tensors[name], shapes[name] = (lambda v=value: v), value.shape
    return tensors, shapes


def write_checkpoint(
    model: Sd1, path: Path, *, rename: Mapping[str, str | None] | None = None, extra: Mapping[str, Array] | None = None
) -> Path:
    """Write an original checkpoint.

    Args:
        model: what to write.
        path: where.
        rename: key to another key, or to `None` to leave the tensor out.
        extra: further tensors.
    """
    tensors, shapes = original_tensors(model)
    for key, new in (rename or {}).items():
        value, shape = tensors.pop(key), shapes.pop(key)
        if new is not None:
            tensors[new], shapes[new] = value, shape
    for key, array in (extra or {}).items():
        tensors[key], shapes[key] = (lambda v=array: v), array.shape
    path.parent.mkdir(parents=True, exist_ok=True)
    write_safetensors(path, tensors, shapes, model.dtype)
    return path


def write_safetensors(
    path: Path, tensors: Mapping[str, Values], shapes: Mapping[str, tuple[int, ...]], dtype: str
) -> None:
    """Write a safetensors file tensor by tensor, so that memory holds one of them."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name in tensors:
        kind = _kind_of(name, dtype)
        size = prod(shapes[name]) * np.dtype(_NUMPY[kind]).itemsize
        header[name] = {"dtype": kind, "shape": list(shapes[name]), "data_offsets": [offset, offset + size]}
        offset += size
    data = json.dumps(header).encode()
    data += b" " * (-len(data) % 8)
    with path.open("wb") as file:
        file.write(len(data).to_bytes(8, "little") + data)
        for name, values in tensors.items():
            file.write(np.ascontiguousarray(values(), dtype=_NUMPY[_kind_of(name, dtype)]).tobytes())


def original_name(part: Part, name: str, *, layers: int, model: Sd1) -> str:
    """The key that CompVis' code gives a parameter that diffusers calls `name`."""
    if part == "text_encoder":
        return f"cond_stage_model.transformer.{name}"
    if part == "vae":
        return "first_stage_model." + _original_vae(name, len(model.configs["vae"]["block_out_channels"]))
    return "model.diffusion_model." + _original_unet(name, layers, model.configs["unet"]["up_block_types"])


_NUMPY = {"F64": "float64", "F32": "float32", "F16": "float16", "I64": "int64", "I32": "int32"}
_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_UNET_ENDS = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
_OLD_ATTENTION = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}


def _original_unet(name: str, layers: int, up_types: list[str]) -> str:
    module, _, leaf = name.rpartition(".")
    if module in _UNET_ENDS:
        return f"{_UNET_ENDS[module]}.{leaf}"
    if found := re.fullmatch(r"mid_block\.(resnets|attentions)\.(\d)\.(.+)", name):
        kind, number, rest = found.groups()
        return f"middle_block.{1 if kind == 'attentions' else 2 * int(number)}.{_inner(kind, rest)}"
    found = re.fullmatch(r"(down|up)_blocks\.(\d+)\.(\w+)\.(\d+)\.(.+)", name)
    assert found, name
    direction, block, kind, number, rest = found.groups()
    i, j = int(block), int(number)
    if direction == "down":
        if kind == "downsamplers":
            return f"input_blocks.{(i + 1) * (layers + 1)}.0.op.{leaf}"
        return f"input_blocks.{1 + i * (layers + 1) + j}.{int(kind == 'attentions')}.{_inner(kind, rest)}"
    if kind == "upsamplers":
        return f"output_blocks.{i * (layers + 1) + layers}.{2 if 'CrossAttn' in up_types[i] else 1}.conv.{leaf}"
    return f"output_blocks.{i * (layers + 1) + j}.{int(kind == 'attentions')}.{_inner(kind, rest)}"


def _inner(kind: str, rest: str) -> str:
    module, _, leaf = rest.rpartition(".")
    return f"{_RESNET[module]}.{leaf}" if kind == "resnets" else rest


def _original_vae(name: str, depth: int) -> str:
    if name.startswith(("quant_conv", "post_quant_conv")):
        return name
    side, _, rest = name.partition(".")
    if found := re.fullmatch(r"mid_block\.resnets\.(\d)\.(.+)", rest):
        return f"{side}.mid.block_{int(found[1]) + 1}.{found[2].replace('conv_shortcut', 'nin_shortcut')}"
    if found := re.fullmatch(r"mid_block\.attentions\.0\.(.+)\.(weight|bias)", rest):
        return f"{side}.mid.attn_1.{_VAE_ATTENTION[found[1]]}.{found[2]}"
    if found := re.fullmatch(r"(down|up)_blocks\.(\d+)\.resnets\.(\d+)\.(.+)", rest):
        level = int(found[2]) if found[1] == "down" else depth - 1 - int(found[2])
        return f"{side}.{found[1]}.{level}.block.{found[3]}.{found[4].replace('conv_shortcut', 'nin_shortcut')}"
    if found := re.fullmatch(r"(down|up)_blocks\.(\d+)\.(down|up)samplers\.0\.conv\.(.+)", rest):
        level = int(found[2]) if found[1] == "down" else depth - 1 - int(found[2])
        return f"{side}.{found[1]}.{level}.{found[1]}sample.conv.{found[4]}"
    return f"{side}.{rest.replace('conv_norm_out', 'norm_out')}"


def _old_attention(name: str) -> str:
    for new, old in _OLD_ATTENTION.items():
        name = name.replace(f".attentions.0.{new}.", f".attentions.0.{old}.")
    return name


def _shapes(model: Sd1, part: Part, tensors: Mapping[str, Values]) -> dict[str, tuple[int, ...]]:
    return dict(zip(tensors, model.shapes(part).values(), strict=True))


def _reshaped(values: Values, shape: tuple[int, ...]) -> Values:
    return lambda: values().reshape(shape)


def _scaled(name: str, normal: Array) -> Array:
    """Weights that keep the scale of what goes through them, as trained ones roughly do."""
    if name.endswith(".bias"):
        return 0.02 * normal
    if normal.ndim == 1:
        return 1 + 0.05 * normal
    if "embedding" in name and "time_embedding" not in name:
        return 0.02 * normal
    return normal / np.sqrt(prod(normal.shape[1:]))


def _kind_of(name: str, dtype: str) -> str:
    if name.endswith("position_ids"):
        return "I64"
    if name == "model_ema.num_updates":
        return "I32"
    return {"float64": "F64", "float32": "F32", "float16": "F16"}[dtype]
