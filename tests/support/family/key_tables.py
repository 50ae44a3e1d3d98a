"""Beginnings of diffusers' parameter names, and those of the original keys: UNet, ControlNet and VAE.

Written by CompVis' code (SD 1.x) and Stability's (SD 2.x, SDXL), where a block's modules are counted through:
https://github.com/Stability-AI/generative-models/blob/07bf8251e4a6bf6b34ed8b50633bd7f539916f44/sgm/modules/diffusionmodules/
openaimodel.py and model.py (MIT)
https://github.com/lllyasviel/ControlNet/blob/b70f9f68af1ca4140e4185945c0f63b592e1b1ba/cldm/cldm.py (Apache-2.0)
"""

from collections.abc import Mapping

from tests.support.family.model import Config

Table = dict[str, str]

_RESNET = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "time_emb_proj": "emb_layers.1",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "conv_shortcut": "skip_connection",
}
_VAE_RESNET = {
    "norm1": "norm1",
    "conv1": "conv1",
    "norm2": "norm2",
    "conv2": "conv2",
    "conv_shortcut": "nin_shortcut",
}
_VAE_ATTENTION = {"group_norm": "norm", "to_q": "q", "to_k": "k", "to_v": "v", "to_out.0": "proj_out"}
_UNET_START = {
    "conv_in": "input_blocks.0.0",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    # Single files of LCM models are written by diffusers' scripts, which leave a name alone that they do not know.
    # https://github.com/huggingface/diffusers/blob/a56ec4b1c27a4664facd92e192ae2db5f6401d25/scripts/convert_diffusers_to_original_stable_diffusion.py
    # Found in files: https://github.com/leejet/stable-diffusion.cpp/blob/8109b1a43adab62b128ea6bc23bd47a27e7063e5/model.cpp
    "time_embedding.cond_proj": "time_embedding.cond_proj",
    "add_embedding.linear_1": "label_emb.0.0",  # SDXL
    "add_embedding.linear_2": "label_emb.0.2",
    "class_embedding": "label_emb",  # x4 upscaler
}
_UNET_END = {"conv_norm_out": "out.0", "conv_out": "out.2"}


def original_key(name: str, table: Mapping[str, str]) -> str:
    """The original key of a parameter, by the longest beginning of its name that the table has.

    Raises:
        KeyError: the table has none.
    """
    parts = name.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        if (beginning := ".".join(parts[:cut])) in table:
            return ".".join([table[beginning], *parts[cut:]])
    raise KeyError(name)


def unet_table(config: Config) -> Table:
    """The table of a `UNet2DConditionModel`."""
    return {**_UNET_START, **_down(config), **_middle(), **_up(config), **_UNET_END}


def controlnet_table(config: Config) -> Table:
    """The table of a `ControlNetModel`: half a UNet, the way in of its image, a zero convolution for each output."""
    down = _down(config)
    outputs = 1 + len({key.split(".")[1] for key in down.values()})
    hints = 2 * (len(config["conditioning_embedding_out_channels"]) - 1)
    return {
        **_UNET_START,
        **down,
        **_middle(),
        "controlnet_cond_embedding.conv_in": "input_hint_block.0",
        # The numbers between are those of the activations.
        **{f"controlnet_cond_embedding.blocks.{i}": f"input_hint_block.{2 * (i + 1)}" for i in range(hints)},
        "controlnet_cond_embedding.conv_out": f"input_hint_block.{2 * (hints + 1)}",
        **{f"controlnet_down_blocks.{i}": f"zero_convs.{i}.0" for i in range(outputs)},
        "controlnet_mid_block": "middle_block_out.0",
    }


def vae_table(config: Config) -> Table:
    """The table of an `AutoencoderKL`. The decoder's levels are counted from the end in the original."""
    last, layers = len(config["block_out_channels"]) - 1, int(config["layers_per_block"])
    table = {"quant_conv": "quant_conv", "post_quant_conv": "post_quant_conv"}
    for side in ("encoder", "decoder"):
        table |= {f"{side}.{name}": f"{side}.{name}" for name in ("conv_in", "conv_out")}
        table[f"{side}.conv_norm_out"] = f"{side}.norm_out"
        for j in range(2):
            table |= _inside(f"{side}.mid_block.resnets.{j}", f"{side}.mid.block_{j + 1}", _VAE_RESNET)
        table |= _inside(f"{side}.mid_block.attentions.0", f"{side}.mid.attn_1", _VAE_ATTENTION)
    for i in range(last + 1):
        down, up = (
            (f"encoder.down_blocks.{i}", f"encoder.down.{i}"),
            (f"decoder.up_blocks.{i}", f"decoder.up.{last - i}"),
        )
        for (old, new), count in ((down, layers), (up, layers + 1)):
            for j in range(count):
                table |= _inside(f"{old}.resnets.{j}", f"{new}.block.{j}", _VAE_RESNET)
        table[f"{down[0]}.downsamplers.0.conv"] = f"{down[1]}.downsample.conv"
        table[f"{up[0]}.upsamplers.0.conv"] = f"{up[1]}.upsample.conv"
    return table


def _down(config: Config) -> Table:
    table: Table = {}
    number, blocks = 1, config["down_block_types"]  # input_blocks.0 is conv_in
    for i in range(len(blocks)):
        for j in range(int(config["layers_per_block"])):
            table |= _layer(f"down_blocks.{i}", j, f"input_blocks.{number}")
            number += 1
        if i < len(blocks) - 1:
            table[f"down_blocks.{i}.downsamplers.0.conv"] = f"input_blocks.{number}.0.op"
            number += 1
    return table


def _up(config: Config) -> Table:
    table: Table = {}
    number, blocks = 0, config["up_block_types"]
    for i, block in enumerate(blocks):
        for j in range(int(config["layers_per_block"]) + 1):
            table |= _layer(f"up_blocks.{i}", j, f"output_blocks.{number}")
            number += 1
        if i < len(blocks) - 1:
            # It is the last module of the last layer: the third one behind an attention, else the second.
            table[f"up_blocks.{i}.upsamplers.0.conv"] = f"output_blocks.{number - 1}.{2 if 'Attn' in block else 1}.conv"
    return table


def _middle() -> Table:
    return {
        **_inside("mid_block.resnets.0", "middle_block.0", _RESNET),
        "mid_block.attentions.0": "middle_block.1",
        **_inside("mid_block.resnets.1", "middle_block.2", _RESNET),
    }


def _layer(block: str, j: int, new: str) -> Table:
    """A resnet and, behind it, an attention, whose inner names are the same on both sides."""
    return {**_inside(f"{block}.resnets.{j}", f"{new}.0", _RESNET), f"{block}.attentions.{j}": f"{new}.1"}


def _inside(old: str, new: str, modules: Mapping[str, str]) -> Table:
    return {f"{old}.{name}": f"{new}.{key}" for name, key in modules.items()}
