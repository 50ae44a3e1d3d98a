"""What CompVis and SGM call the layers of a UNet, from diffusers' names. LoRA files for SDXL use them. Pure.

Source: https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/loaders/single_file_utils.py
        (`convert_ldm_unet_checkpoint`), Apache-2.0; compared with it in the tests
"""

import re
from collections.abc import Collection

_FIXED = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
}
_IN_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_IN_MIDDLE = re.compile(r"mid_block\.(resnets|attentions)\.(\d+)\.(.+)")
_IN_BLOCK = re.compile(r"(down|up)_blocks\.(\d+)\.(resnets|attentions)\.(\d+)\.(.+)")
_SAMPLER = re.compile(r"(down|up)_blocks\.(\d+)\.(?:down|up)samplers\.0\.conv")


def original_names(layers: Collection[str]) -> dict[str, str]:
    """The original name of each layer of a UNet that has one, by its diffusers name.

    Args:
        layers: all layers of the UNet, whose blocks are counted; of a text encoder nothing comes out.
    """
    named = {name: _original(name, layers) for name in layers}
    return {name: original for name, original in named.items() if original is not None}


def _original(name: str, layers: Collection[str]) -> str | None:
    if name in _FIXED:
        return _FIXED[name]
    if found := _IN_MIDDLE.fullmatch(name):
        kind, index, rest = found.groups()
        return f"middle_block.{1 if kind == 'attentions' else 2 * int(index)}.{_inner(kind, rest)}"
    if found := _IN_BLOCK.fullmatch(name):
        side, block, kind, index, rest = found.groups()
        place = _place(side, int(block), int(index), layers)
        return f"{place}.{1 if kind == 'attentions' else 0}.{_inner(kind, rest)}"
    if found := _SAMPLER.fullmatch(name):
        return _sampler(found[1], int(found[2]), layers)
    return None


def _inner(kind: str, rest: str) -> str:
    return _IN_RESNET.get(rest, rest) if kind == "resnets" else rest


def _place(side: str, block: int, index: int, layers: Collection[str]) -> str:
    """Of the block's `index`-th resnet; on the way down each block ends with a place for its downsampler."""
    if side == "down":
        return f"input_blocks.{1 + block * (_resnets(layers) + 1) + index}"
    return f"output_blocks.{block * (_resnets(layers) + 1) + index}"


def _sampler(side: str, block: int, layers: Collection[str]) -> str:
    if side == "down":
        return f"{_place(side, block, _resnets(layers), layers)}.0.op"
    # It stands behind the resnet and the attention, if there is one.
    after = 2 if any(name.startswith(f"up_blocks.{block}.attentions.") for name in layers) else 1
    return f"{_place(side, block, _resnets(layers), layers)}.{after}.conv"


def _resnets(layers: Collection[str]) -> int:
    """In each block on the way down (`layers_per_block`)."""
    index = 0
    while f"down_blocks.0.resnets.{index}.conv1" in layers:
        index += 1
    return index
