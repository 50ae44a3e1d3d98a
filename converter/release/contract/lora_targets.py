"""The modules that a LoRA may change, by the configs of a release: what diffusers' classes are built of. Pure.

Every linear layer and every convolution: kohya's sd-scripts and LyCORIS name their keys after these.
"""

from collections.abc import Iterator

from converter.canonical import JsonObject

_ENCODER_LAYER = (
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.out_proj",
    "mlp.fc1",
    "mlp.fc2",
)
_TRANSFORMER_BLOCK = (
    *(f"{attention}.{layer}" for attention in ("attn1", "attn2") for layer in ("to_q", "to_k", "to_v", "to_out.0")),
    "ff.net.0.proj",
    "ff.net.2",
)
_AROUND_A_UNET = ("time_embedding.linear_1", "time_embedding.linear_2", "conv_in", "conv_out")
_OF_XL = ("add_embedding.linear_1", "add_embedding.linear_2")


def lora_targets(graph: str, config: JsonObject) -> Iterator[str]:
    """Dotted names of the modules of a text encoder or a UNet, those of each block in the order in which they run.

    Raises:
        KeyError, TypeError, ValueError, IndexError: the config is not that of such a model.
    """
    if graph.startswith("text_encoder"):
        for layer in range(_whole(config["num_hidden_layers"])):
            yield from (f"text_model.encoder.layers.{layer}.{module}" for module in _ENCODER_LAYER)
        return
    yield from _AROUND_A_UNET
    if config.get("addition_embed_type") == "text_time":
        yield from _OF_XL
    if config.get("time_cond_proj_dim"):
        yield "time_embedding.cond_proj"
    yield from _down(config)
    yield from _middle(config)
    yield from _up(config)


def _down(config: JsonObject) -> Iterator[str]:
    kinds, widths, depths = _levels(config)
    for number, kind in enumerate(kinds):
        block = f"down_blocks.{number}"
        wider = widths[number] != widths[max(number - 1, 0)]
        for layer in range(_whole(config["layers_per_block"])):
            # Only the first of a block may change the number of channels.
            yield from _resnet(f"{block}.resnets.{layer}", shortcut=wider and layer == 0)
            if kind.startswith("CrossAttn"):
                yield from _attention(f"{block}.attentions.{layer}", depths[number])
        if number < len(kinds) - 1:
            yield f"{block}.downsamplers.0.conv"


def _middle(config: JsonObject) -> Iterator[str]:
    *_, depth = _levels(config)[2]
    yield from _resnet("mid_block.resnets.0", shortcut=False)
    yield from _attention("mid_block.attentions.0", depth)
    yield from _resnet("mid_block.resnets.1", shortcut=False)


def _up(config: JsonObject) -> Iterator[str]:
    kinds, depths = _texts(config["up_block_types"]), _levels(config)[2][::-1]
    for number, kind in enumerate(kinds):
        block = f"up_blocks.{number}"
        for layer in range(_whole(config["layers_per_block"]) + 1):
            # What comes from the other side is joined to the channels, so each has a shortcut.
            yield from _resnet(f"{block}.resnets.{layer}", shortcut=True)
            if kind.startswith("CrossAttn"):
                yield from _attention(f"{block}.attentions.{layer}", depths[number])
        if number < len(kinds) - 1:
            yield f"{block}.upsamplers.0.conv"


def _resnet(name: str, *, shortcut: bool) -> Iterator[str]:
    yield from (f"{name}.{module}" for module in ("conv1", "time_emb_proj", "conv2"))
    if shortcut:
        yield f"{name}.conv_shortcut"


def _attention(name: str, depth: int) -> Iterator[str]:
    yield f"{name}.proj_in"
    for block in range(depth):
        yield from (f"{name}.transformer_blocks.{block}.{module}" for module in _TRANSFORMER_BLOCK)
    yield f"{name}.proj_out"


def _levels(config: JsonObject) -> tuple[list[str], list[int], list[int]]:
    """Kind, channels and transformer blocks in an attention, of each block on the way down."""
    kinds, widths = _texts(config["down_block_types"]), config["block_out_channels"]
    depths = config.get("transformer_layers_per_block", 1)
    many = [depths] * len(kinds) if isinstance(depths, int) else depths
    if not isinstance(widths, list) or not isinstance(many, list):
        raise TypeError("block_out_channels and transformer_layers_per_block are lists")
    return kinds, [_whole(width) for width in widths], [_whole(depth) for depth in many]


def _texts(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return [str(item) for item in value]


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value
