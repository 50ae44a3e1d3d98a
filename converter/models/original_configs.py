"""Configs of an original checkpoint, read off the shapes of its tensors.

What shapes cannot tell is taken from the configs that ship with the package: Stable Diffusion 1.x has 8 attention
heads in the UNet, 64 channels a head in CLIP, and 32 groups in each group normalisation.
"""

import re
from dataclasses import dataclass
from itertools import count

from converter.canonical import JsonObject, JsonValue
from converter.models.architectures import Shapes
from converter.models.configs import shipped
from converter.models.errors import ModelError

_UNET = "model.diffusion_model."
_VAE = "first_stage_model."
_CLIP = "cond_stage_model.transformer."
_CLIP_HEAD_WIDTH = 64


def unet_config(shapes: Shapes, where: str) -> JsonObject:
    """The UNet's config: channels, blocks, attention and text width.

    Raises:
        ModelError: the blocks are not those of a Stable Diffusion 1.x text-to-image UNet.
    """
    part = _Part(shapes, _UNET, where)
    levels = _unet_levels(shapes)
    in_channels = part.shape("input_blocks.0.0.weight", 4)[1]
    layers = {len(level) for level in levels}
    if len(layers) != 1 or 0 in layers:
        raise ModelError(
            f"{where}: the UNet has {[len(level) for level in levels]} layers a block, expected one number"
        )
    if in_channels != 4:
        raise ModelError(
            f"{where}: the UNet takes {in_channels} channels, expected 4; inpainting (9), instruct-pix2pix (8) and "
            "upscaling (7) models are not built yet"
        )
    attends = [any(name is not None for name in level) for level in levels]
    context = next((name for level in levels for name in level if name), None)
    if context is None:
        raise ModelError(f"{where}: the UNet attends to no text, expected the cross-attention of Stable Diffusion 1.x")
    if len(part.shape(f"{context}.proj_in.weight", 2, 4)) != 4:
        raise ModelError(
            f"{where}: the UNet's attention has linear projections, expected convolutions: this is the UNet of "
            "Stable Diffusion 2.x or later, not built: this version builds Stable Diffusion 1.x"
        )
    return {
        **shipped("sd1", "unet"),
        "block_out_channels": _unet_channels(part, levels),
        "layers_per_block": layers.pop(),
        "cross_attention_dim": part.shape(f"{context}.transformer_blocks.0.attn2.to_k.weight", 2)[1],
        "down_block_types": [_block("Down", attention=flag) for flag in attends],
        "up_block_types": [_block("Up", attention=flag) for flag in reversed(attends)],
        "in_channels": in_channels,
        "out_channels": part.shape("out.2.weight", 4)[0],
    }


def vae_config(shapes: Shapes, where: str) -> JsonObject:
    """The VAE's config: channels, blocks and latent channels.

    Raises:
        ModelError: a tensor that tells one of them is missing, or has another number of axes.
    """
    part = _Part(shapes, _VAE, where)
    depth = next(n for n in count() if f"{_VAE}encoder.down.{n}.block.0.conv1.weight" not in shapes)
    layers = next(n for n in count() if f"{_VAE}encoder.down.0.block.{n}.conv1.weight" not in shapes)
    return {
        **shipped("sd1", "vae"),
        "block_out_channels": [part.shape(f"encoder.down.{n}.block.0.conv1.weight", 4)[0] for n in range(depth)],
        "layers_per_block": layers,
        "down_block_types": ["DownEncoderBlock2D"] * depth,
        "up_block_types": ["UpDecoderBlock2D"] * depth,
        "in_channels": part.shape("encoder.conv_in.weight", 4)[1],
        "out_channels": part.shape("decoder.conv_out.weight", 4)[0],
        "latent_channels": part.shape("decoder.conv_in.weight", 4)[1],
    }


def text_encoder_config(shapes: Shapes, where: str) -> JsonObject:
    """CLIP's config: width, layers, vocabulary and length.

    Raises:
        ModelError: its width is not a whole number of heads.
    """
    prefix = _CLIP + ("text_model." if any(name.startswith(f"{_CLIP}text_model.") for name in shapes) else "")
    part = _Part(shapes, prefix, where)
    vocabulary, width = part.shape("embeddings.token_embedding.weight", 2)
    if width % _CLIP_HEAD_WIDTH:
        raise ModelError(
            f"{where}: the text encoder is {width} wide, expected a multiple of {_CLIP_HEAD_WIDTH} (CLIP's head width)"
        )
    layers = next(n for n in count() if f"{prefix}encoder.layers.{n}.mlp.fc1.weight" not in shapes)
    return {
        **shipped("sd1", "text_encoder"),
        "vocab_size": vocabulary,
        "hidden_size": width,
        "projection_dim": width,
        "num_attention_heads": width // _CLIP_HEAD_WIDTH,
        "num_hidden_layers": layers,
        "intermediate_size": part.shape("encoder.layers.0.mlp.fc1.weight", 2)[0],
        "max_position_embeddings": part.shape("embeddings.position_embedding.weight", 2)[0],
    }


def _unet_levels(shapes: Shapes) -> list[list[str | None]]:
    """The layers of each down block; a layer is the name of its attention, or `None` where it has none.

    `input_blocks.0` is the first convolution; `input_blocks.N.0.op` is the downsampler that ends a block.
    """
    pattern = re.compile(re.escape(_UNET) + r"input_blocks\.(\d+)\.")
    numbers = sorted({int(found.group(1)) for name in shapes if (found := pattern.match(name))})
    levels: list[list[str | None]] = [[]]
    for number in numbers[1:]:
        if f"{_UNET}input_blocks.{number}.0.op.weight" in shapes:
            levels.append([])
            continue
        attention = f"input_blocks.{number}.1"
        levels[-1].append(attention if f"{_UNET}{attention}.proj_in.weight" in shapes else None)
    return levels


def _unet_channels(part: "_Part", levels: list[list[str | None]]) -> list[JsonValue]:
    """Channels at the end of each block: what its last layer puts out."""
    channels: list[JsonValue] = []
    number = 0
    for level in levels:
        number += len(level)
        channels.append(part.shape(f"input_blocks.{number}.0.out_layers.3.weight", 4)[0])
        number += 1
    return channels


def _block(direction: str, *, attention: bool) -> str:
    return f"{'CrossAttn' if attention else ''}{direction}Block2D"


@dataclass(frozen=True)
class _Part:
    """The tensors of one component."""

    shapes: Shapes
    prefix: str
    where: str

    def shape(self, name: str, *axes: int) -> tuple[int, ...]:
        """The shape of a tensor that must be there, none of it zero, with one of these numbers of axes."""
        key = self.prefix + name
        if key not in self.shapes:
            raise ModelError(
                f"{self.where}: missing parameter {key}; expected a whole checkpoint of Stable Diffusion 1.x"
            )
        shape = self.shapes[key]
        if len(shape) not in axes or not all(shape):
            raise ModelError(
                f"{self.where}: {key} has shape {shape}, expected {' or '.join(map(str, axes))} axes, none of them "
                "empty; the file is damaged or no checkpoint of Stable Diffusion 1.x"
            )
        return shape
