"""The config of a UNet in the original layout, read off the shapes of its tensors.

What shapes cannot tell is the family's: how its attention heads are cut, and 32 groups in each group normalisation.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from converter.canonical import JsonObject, JsonValue
from converter.models.architectures import Family
from converter.models.configs import shipped
from converter.models.errors import ModelError
from converter.models.original_part import OriginalPart

_HEAD_WIDTH = 64
COND_PROJ = "time_embedding.cond_proj.weight"
"""Of UNets that take an embedding of the guidance scale: `(block_out_channels[0], time_cond_proj_dim)`."""
_LABELS = "label_emb.weight"
_ADDED = "label_emb.0.0.weight"

_Level = tuple[str | None, ...]
"""The layers of a block: the name of each one's attention, or `None` where it has none."""


def unet_config(part: OriginalPart, family: Family, pooled_width: int | None) -> JsonObject:
    """The UNet's config: channels, blocks, attention, text width, and what it takes besides.

    Args:
        part: its tensors.
        family: of the model.
        pooled_width: of the pooled text, for families whose UNet takes it.

    Raises:
        ModelError: the blocks are not those of the family's UNet.
    """
    blocks = read_blocks(part, family)
    up = [_block("Up", attention=flag) for flag in reversed(blocks.attends)]
    return {
        **shipped(family.name, "unet"),
        **blocks.config(family),
        "up_block_types": up,
        "in_channels": part.shape("input_blocks.0.0.weight", 4)[1],
        "out_channels": part.shape("out.2.weight", 4)[0],
        **_only_cross_attention(part, blocks, family),
        **conditions(part, family, pooled_width),
    }


@dataclass(frozen=True)
class Blocks:
    """The down blocks of a UNet or a ControlNet."""

    channels: tuple[int, ...]
    layers: int
    levels: tuple[_Level, ...]
    depths: tuple[int | None, ...]
    """Transformer layers in each attention of a block; `None` for blocks that have no attention."""
    context: str
    """The first attention."""
    text_width: int

    @property
    def attends(self) -> list[bool]:
        """Which blocks have attention."""
        return [depth is not None for depth in self.depths]

    def config(self, family: Family) -> JsonObject:
        """The fields that UNets and ControlNets share."""
        known = {depth for depth in self.depths if depth is not None}
        depths: JsonValue = known.pop() if len(known) == 1 else [depth or 1 for depth in self.depths]
        heads: Mapping[str, JsonValue] = (
            {"attention_head_dim": [width // _HEAD_WIDTH for width in self.channels]} if family.heads_of_64 else {}
        )
        return {
            "block_out_channels": list(self.channels),
            "layers_per_block": self.layers,
            "cross_attention_dim": self.text_width,
            "down_block_types": [_block("Down", attention=flag) for flag in self.attends],
            **({} if depths == 1 else {"transformer_layers_per_block": depths}),
            **heads,
        }


def read_blocks(part: OriginalPart, family: Family) -> Blocks:
    """The down blocks.

    Raises:
        ModelError: they are not those of the family.
    """
    levels = _levels(part)
    layers = {len(level) for level in levels}
    if len(layers) != 1 or 0 in layers:
        raise ModelError(
            f"{part.where}: the UNet has {[len(level) for level in levels]} layers a block, expected one number"
        )
    context = next((name for level in levels for name in level if name), None)
    if context is None:
        raise ModelError(f"{part.where}: the UNet attends to no text, expected the cross-attention of {family.title}")
    _require_projections(part, context, family)
    channels = _channels(part, levels)
    if family.heads_of_64 and any(width % _HEAD_WIDTH for width in channels):
        raise ModelError(f"{part.where}: the UNet's blocks have {list(channels)} channels, expected multiples of 64")
    return Blocks(
        channels=channels,
        layers=layers.pop(),
        levels=levels,
        depths=tuple(_depth(part, level) for level in levels),
        context=context,
        text_width=part.shape(f"{context}.transformer_blocks.0.attn2.to_k.weight", 2)[1],
    )


def conditions(part: OriginalPart, family: Family, pooled_width: int | None) -> JsonObject:
    """What the UNet takes besides image, time and text.

    Raises:
        ModelError: it is not what the family takes.
    """
    fields: dict[str, JsonValue] = {}
    if part.has(COND_PROJ):
        fields["time_cond_proj_dim"] = part.shape(COND_PROJ, 2)[1]
    if part.has(_LABELS):
        fields["num_class_embeds"] = part.shape(_LABELS, 2)[0]
    if pooled_width is not None:
        width = part.shape(_ADDED, 2)[1]
        each, rest = divmod(width - pooled_width, family.size_ids)
        if rest or each < 1:
            raise ModelError(
                f"{part.where}: {part.prefix}{_ADDED} takes {width} numbers, expected {pooled_width} of the pooled "
                f"text and {family.size_ids} equal embeddings of sizes: these are parts of two models"
            )
        fields |= {"projection_class_embeddings_input_dim": width, "addition_time_embed_dim": each}
    return fields


def _levels(part: OriginalPart) -> tuple[_Level, ...]:
    """`input_blocks.0` is the first convolution; `input_blocks.N.0.op` is the downsampler that ends a block."""
    pattern = re.compile(re.escape(part.prefix) + r"input_blocks\.(\d+)\.")
    numbers = sorted({int(found.group(1)) for name in part.shapes if (found := pattern.match(name))})
    levels: list[list[str | None]] = [[]]
    for number in numbers[1:]:
        if part.has(f"input_blocks.{number}.0.op.weight"):
            levels.append([])
            continue
        attention = f"input_blocks.{number}.1"
        levels[-1].append(attention if part.has(f"{attention}.proj_in.weight") else None)
    return tuple(tuple(level) for level in levels)


def _channels(part: OriginalPart, levels: tuple[_Level, ...]) -> tuple[int, ...]:
    """Channels at the end of each block: what its last layer puts out."""
    channels, number = [], 0
    for level in levels:
        number += len(level)
        channels.append(part.shape(f"input_blocks.{number}.0.out_layers.3.weight", 4)[0])
        number += 1
    return tuple(channels)


def _depth(part: OriginalPart, level: _Level) -> int | None:
    name = next((name for name in level if name), None)
    return None if name is None else max(1, part.counted(f"{name}.transformer_blocks.{{}}.norm1.weight"))


def _require_projections(part: OriginalPart, context: str, family: Family) -> None:
    linear = len(part.shape(f"{context}.proj_in.weight", 2, 4)) == 2
    if linear != family.linear:
        kinds = {True: "linear projections", False: "convolutions"}
        raise ModelError(
            f"{part.where}: the UNet's attention has {kinds[linear]}, expected {kinds[family.linear]} as in "
            f"{family.title}, which its text encoder is of: these are parts of two models"
        )


def _only_cross_attention(part: OriginalPart, blocks: Blocks, family: Family) -> JsonObject:
    """Upscalers attend to the text twice in all blocks but the last: there the keys of `attn1` are as wide as the text.

    Where text and block are equally wide, shapes cannot tell, and the family's own pattern counts.
    """
    given = shipped(family.name, "unet")
    pattern = isinstance(given.get("only_cross_attention"), list)
    last = len(blocks.levels) - 1
    flags = [_attends_twice(part, blocks, number, otherwise=pattern and number < last) for number in range(last + 1)]
    each = [flag or not attends for flag, attends in zip(flags, blocks.attends, strict=True)]
    if any(flags):
        return {"only_cross_attention": each}
    # Stable Diffusion 1.x is published without the field.
    return {"only_cross_attention": False} if "only_cross_attention" in given else {}


def _attends_twice(part: OriginalPart, blocks: Blocks, number: int, *, otherwise: bool) -> bool:
    name = next((name for name in blocks.levels[number] if name), None)
    if name is None:
        return False
    if blocks.text_width == blocks.channels[number]:
        return otherwise
    return part.shape(f"{name}.transformer_blocks.0.attn1.to_k.weight", 2)[1] == blocks.text_width


def _block(direction: str, *, attention: bool) -> str:
    return f"{'CrossAttn' if attention else ''}{direction}Block2D"
