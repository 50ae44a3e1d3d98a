"""Shapes of original checkpoints, and files that have them without a byte of weights."""

from collections.abc import Mapping
from functools import cache
from math import prod
from pathlib import Path

from tests.support.safetensors_files import entry, raw_file
from tests.support.sd1_models import Sd1, original_tensors, pico, sd15

Shapes = dict[str, tuple[int, ...]]


@cache
def _pico() -> Shapes:
    return original_tensors(pico())[1]


@cache
def _sd15() -> Shapes:
    return original_tensors(sd15())[1]


def pico_shapes() -> Shapes:
    """Key to shape of the pico checkpoint; yours to change."""
    return dict(_pico())


def sd15_shapes() -> Shapes:
    """Key to shape of a checkpoint of Stable Diffusion 1.5's own size; yours to change."""
    return dict(_sd15())


def three_blocks() -> Sd1:
    """Three UNet blocks of two layers with attention in the first two, three VAE blocks of two, three CLIP layers."""
    small = pico()
    unet = {
        **small.configs["unet"],
        "block_out_channels": [32, 64, 96],
        "layers_per_block": 2,
        "cross_attention_dim": 128,
        "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
        "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
    }
    vae = {
        **small.configs["vae"],
        "block_out_channels": [32, 64, 64],
        "layers_per_block": 2,
        "down_block_types": ["DownEncoderBlock2D"] * 3,
        "up_block_types": ["UpDecoderBlock2D"] * 3,
        "latent_channels": 8,
    }
    text = {
        **small.configs["text_encoder"],
        "hidden_size": 128,
        "projection_dim": 128,
        "num_attention_heads": 2,
        "num_hidden_layers": 3,
        "vocab_size": 1000,
        "max_position_embeddings": 20,
    }
    return Sd1({"text_encoder": text, "unet": unet, "vae": vae})


def write_zeros(path: Path, shapes: Mapping[str, tuple[int, ...]], metadata: dict[str, str] | None = None) -> Path:
    """A float32 safetensors file of zeros that takes no room on the disk, whatever the shapes: a sparse file."""
    header: dict[str, object] = {"__metadata__": metadata} if metadata else {}
    size_bytes = 0
    for name, shape in shapes.items():
        end = size_bytes + 4 * prod(shape)
        header[name] = entry("F32", list(shape), size_bytes, end)
        size_bytes = end
    start = raw_file(header)
    with path.open("wb") as file:
        file.write(start)
        file.truncate(len(start) + size_bytes)
    return path
