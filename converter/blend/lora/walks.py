"""In which order cloneofsimo's trainer walked through the layers of a model, by the classes that it trained. Pure."""

import re
from collections.abc import Mapping
from enum import StrEnum
from functools import partial

from converter.blend.lora.targets import Layer, Part, Targets


class Order(StrEnum):
    """Where the feed-forward of a transformer block stood among its attentions in diffusers."""

    OLD = "attn1-ff-attn2"
    """Before diffusers 0.16."""
    NEW = "attn1-attn2-ff"


_ATTENTION = re.compile(r".*\.attn[12]\.to_(?:q|k|v|out\.0)")
_GEGLU = re.compile(r".*\.ff\.net\.0\.proj")
_RESNET = re.compile(r".*\.resnets\.\d+\.(?:conv1|time_emb_proj|conv2|conv_shortcut)")
_CLIP = re.compile(r".*\.self_attn\.(?:k|v|q|out)_proj")

CLASSES: Mapping[str, re.Pattern[str]] = {
    "CrossAttention": _ATTENTION,   # what diffusers called Attention before 0.15
    "Attention": _ATTENTION,
    "GEGLU": _GEGLU,
    "ResnetBlock2D": _RESNET,
    "CLIPAttention": _CLIP,
}  # fmt: skip
"""The trainer's names of what can be trained, and the layers that they mean."""

_UNET_SETS = (
    frozenset({"CrossAttention", "Attention", "GEGLU"}),
    frozenset({"Attention"}),
    frozenset({"ResnetBlock2D", "CrossAttention", "Attention", "GEGLU"}),
    frozenset({"ResnetBlock2D", "Attention"}),
)
_TEXT_SETS = (frozenset({"CLIPAttention"}),)

_BLOCKS = ("down_blocks", "up_blocks", "mid_block")
_INSIDE = {"attentions": 0, "resnets": 1}
_LAST = {
    "to_q": 0, "to_k": 1, "to_v": 2, "to_out": 3,
    "k_proj": 0, "v_proj": 1, "q_proj": 2, "out_proj": 3,
    "conv1": 0, "time_emb_proj": 1, "conv2": 2, "conv_shortcut": 3,
}  # fmt: skip
_IN_TRANSFORMER: Mapping[Order, Mapping[str, int]] = {
    Order.OLD: {"attn1": 0, "ff": 1, "attn2": 2},
    Order.NEW: {"attn1": 0, "attn2": 1, "ff": 2},
}


def walks(
    targets: Targets, part: Part, classes: frozenset[str] | None
) -> tuple[tuple[Order | None, tuple[Layer, ...]], ...]:
    """The layers of a part in each order that a trainer may have walked them; `None` where the orders are the same.

    Args:
        targets: What the model has.
        part: The part of it.
        classes: What was trained; `None` for any of the sets that the trainer offered.
    """
    sets = (_UNET_SETS if part == "unet" else _TEXT_SETS) if classes is None else (classes,)
    found: dict[tuple[Layer, ...], Order | None] = {}
    for trained in sets:
        patterns = {CLASSES[name] for name in trained}
        layers = [
            layer
            for name, layer in targets.layers.get(part, {}).items()
            if any(pattern.fullmatch(name) for pattern in patterns)
            and (_has_convolutions(trained) or _is_linear(layer))
        ]
        for order in Order:
            walked = tuple(sorted(layers, key=partial(_place, order)))
            found[walked] = order if found.get(walked, order) is order else None
    return tuple((order, walked) for walked, order in found.items())


def _has_convolutions(trained: frozenset[str]) -> bool:
    return "ResnetBlock2D" in trained


def _is_linear(layer: Layer) -> bool:
    return layer.kind == "linear"


def _place(order: Order, layer: Layer) -> tuple[int, ...]:
    """A sort key for a layer: each word or number of its name by its turn."""
    words = layer.name.split(".")
    turns = {**{block: turn for turn, block in enumerate(_BLOCKS)}, **_INSIDE, **_LAST, **_IN_TRANSFORMER[order]}
    return tuple(int(word) if word.isdigit() else turns.get(word, 0) for word in words)
