"""Files laid out as their scripts document it, with the expected weights by the papers' formulas in float64."""

import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from converter.blend.lora import Part
from tests.support.lora_files.formulas import low_rank, rotation
from tests.support.lora_files.lycoris_files import linear_or_conv
from tests.support.lora_files.made import Made
from tests.support.lora_files.naming import kohya
from tests.support.lora_files.tiny_models import TinyModel, generator

Array = np.ndarray[Any, Any]
Expected = dict[tuple[Part, str], Array]

RANK = 4


def pair(words: tuple[object, ...], shape: tuple[int, ...], rank: int = RANK) -> tuple[Array, Array]:
    """An up and a down for a weight of this shape."""
    random = generator(*words)
    kernel = tuple(1 for _ in shape[2:])
    up = random.standard_normal((shape[0], rank, *kernel), dtype=np.float32) * np.float32(0.3)
    return up, random.standard_normal((rank, *shape[1:]), dtype=np.float32) * np.float32(0.3)


def with_scalar(model: TinyModel) -> Made:
    """LyCORIS' learned scalar as a tensor of its own, as its checkpoints during training have it."""
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    for part in model.modules:
        for layer in model.layers(part, linear_or_conv):
            weight, name = model.base[part][f"{layer}.weight"], kohya(model, part, layer)
            up, down = pair(("scalar", part, layer), weight.shape)
            tensors |= {f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}
            tensors |= {f"{name}.alpha": np.float32(2), f"{name}.scalar": np.float32(0.7)}
            change = low_rank(up, down, weight.shape) * 2 / RANK * float(np.float32(0.7))
            expected[part, f"{layer}.weight"] = weight + change
    return Made(tensors, expected)


def without_alpha(model: TinyModel) -> Made:
    """sd-scripts' keys without alphas, in float16: alpha is the rank."""
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    for part in model.modules:
        for layer in model.layers(part, linear_or_conv):
            weight, name = model.base[part][f"{layer}.weight"], kohya(model, part, layer)
            up, down = (array.astype(np.float16) for array in pair(("plain", part, layer), weight.shape))
            tensors |= {f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}
            expected[part, f"{layer}.weight"] = weight + low_rank(up, down, weight.shape)
    return Made(tensors, expected)


def old_glora(model: TinyModel) -> Made:
    """GLoRA with its matrices the other way around, as early LyCORIS wrote it."""
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    for part in model.modules:
        for layer in model.layers(part, _is_linear):
            weight, name = model.base[part][f"{layer}.weight"], kohya(model, part, layer)
            out, channels = weight.shape
            a2, a1 = pair(("a", part, layer), (channels, channels))
            b2, b1 = pair(("b", part, layer), (out, channels))
            named = {"a1": a1, "a2": a2, "b1": b1, "b2": b2}
            tensors |= {f"{name}.{key}.weight": value for key, value in named.items()}
            tensors[f"{name}.alpha"] = np.float32(2)
            exact = weight.astype(np.float64)
            change = low_rank(b2, b1, weight.shape) + exact @ low_rank(a2, a1, (channels, channels))
            expected[part, f"{layer}.weight"] = exact + change * 2 / RANK
    return Made(tensors, expected)


def oft_of_sd_scripts(model: TinyModel) -> Made:
    """sd-scripts' own OFT: `oft_unet_` before the name, alpha is the constraint.

    Source: https://github.com/kohya-ss/sd-scripts/blob/48d368fa557731ad0488c07304dfeba8c07910eb/networks/oft.py
    """
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    alpha = np.float32(0.05)
    for layer in model.layers("unet", _can_be_cut):
        weight = model.base["unet"][f"{layer}.weight"]
        count, size = 4, weight.shape[0] // 4
        generators = generator("oft", layer).standard_normal((count, size, size), dtype=np.float32) * np.float32(0.1)
        name = f"oft_unet_{layer.replace('.', '_')}"
        tensors |= {f"{name}.oft_blocks": generators, f"{name}.alpha": alpha}
        skew = generators.astype(np.float64) - generators.astype(np.float64).transpose(0, 2, 1)
        shrink = min(1.0, float(alpha) * weight.shape[0] / float(np.linalg.norm(skew)))
        turns = rotation(generators * shrink)
        rows = weight.astype(np.float64).reshape(count, size, -1)
        expected["unet", f"{layer}.weight"] = np.einsum("knm,knp->kmp", turns, rows).reshape(weight.shape)
    return Made(tensors, expected)


def old_attention_processors(model: TinyModel) -> Made:
    """What diffusers 0.11 to 0.17 saved: `attn1.processor.to_q_lora`, and for CLIP `self_attn.to_q_lora`.

    Source: https://github.com/huggingface/diffusers/blob/v0.17.0/examples/dreambooth/train_dreambooth_lora.py
    """
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    for part in model.modules:
        for layer, spelled in _processor_names(model, part):
            weight = model.base[part][f"{layer}.weight"]
            up, down = pair(("processor", part, layer), weight.shape)
            tensors |= {f"{part}.{spelled}.up.weight": up, f"{part}.{spelled}.down.weight": down}
            expected[part, f"{layer}.weight"] = weight + low_rank(up, down, weight.shape)
    return Made(tensors, expected)


def unet_processors_alone(model: TinyModel) -> Made:
    """`UNet2DConditionModel.save_attn_procs`: the same without the part's name."""
    made = old_attention_processors(model)
    return Made(
        {key.removeprefix("unet."): value for key, value in made.tensors.items() if key.startswith("unet.")},
        {key: value for key, value in made.expected.items() if key[0] == "unet"},
    )


def dotted_alphas(model: TinyModel) -> Made:
    """diffusers' names with an alpha for each layer, as its conversion of sd-scripts' files names them."""
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    for part in model.modules:
        for layer in model.layers(part, _is_linear):
            weight, name = model.base[part][f"{layer}.weight"], f"{part}.{layer}"
            up, down = pair(("alphas", part, layer), weight.shape)
            ends = ("lora.up", "lora.down") if part == "unet" else ("lora_linear_layer.up", "lora_linear_layer.down")
            tensors |= {f"{name}.{ends[0]}.weight": up, f"{name}.{ends[1]}.weight": down}
            tensors[f"{name}.alpha"] = np.array(3, np.float32)
            expected[part, f"{layer}.weight"] = weight + low_rank(up, down, weight.shape) * 3 / RANK
    return Made(tensors, expected)


def bias_beside_lora(model: TinyModel) -> Made:
    """A difference of the bias beside a LoRA, as extraction scripts write it."""
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    for layer, module in model.layers("unet", linear_or_conv).items():
        weight, name = model.base["unet"][f"{layer}.weight"], kohya(model, "unet", layer)
        up, down = pair(("bias", layer), weight.shape)
        tensors |= {f"{name}.lora_up.weight": up, f"{name}.lora_down.weight": down}
        expected["unet", f"{layer}.weight"] = weight + low_rank(up, down, weight.shape)
        if module.bias is not None:
            bias = generator("bias", layer, "b").standard_normal(weight.shape[0], dtype=np.float32)
            tensors[f"{name}.diff_b"] = bias
            expected["unet", f"{layer}.bias"] = model.base["unet"][f"{layer}.bias"] + bias.astype(np.float64)
    return Made(tensors, expected)


def safeloras(model: TinyModel, *, new_order: bool) -> Made:
    """cloneofsimo's safetensors: UNet and text encoder, numbers for names, ranks and classes in the metadata."""
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    metadata = {"unet": json.dumps(["CrossAttention", "Attention", "GEGLU"]), "text_encoder": '["CLIPAttention"]'}
    for part, layers in (
        ("unet", unet_walk(model, new_order=new_order)),
        ("text_encoder", clip_walk(model)),
    ):
        for number, layer in enumerate(layers):
            weight = model.base[part][f"{layer}.weight"]
            up, down = (array.astype(np.float16) for array in pair(("safe", part, layer), weight.shape))
            tensors |= {f"{part}:{number}:up": up, f"{part}:{number}:down": down}
            metadata[f"{part}:{number}:rank"] = str(RANK)
            expected[part, f"{layer}.weight"] = weight + low_rank(up, down, weight.shape)
    return Made(tensors, expected, metadata)


def tensor_list(model: TinyModel, part: Part, *, new_order: bool = True) -> Made:
    """cloneofsimo's `.pt`: up, down, up, down, ... of one part."""
    layers = unet_walk(model, new_order=new_order) if part == "unet" else clip_walk(model)
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    for number, layer in enumerate(layers):
        weight = model.base[part][f"{layer}.weight"]
        up, down = (array.astype(np.float16) for array in pair(("list", part, layer), weight.shape))
        tensors |= {str(2 * number): up, str(2 * number + 1): down}
        expected[part, f"{layer}.weight"] = weight + low_rank(up, down, weight.shape)
    return Made(tensors, expected, as_list=True)


def extended_safeloras(model: TinyModel) -> Made:
    """`--use_extended_lora`: resnets' convolutions, too."""
    tensors: dict[str, Array] = {}
    expected: Expected = {}
    metadata = {"unet": json.dumps(["ResnetBlock2D", "CrossAttention", "Attention", "GEGLU"])}
    for number, layer in enumerate(extended_walk(model)):
        weight = model.base["unet"][f"{layer}.weight"]
        up, down = pair(("extended", layer), weight.shape)
        tensors |= {f"unet:{number}:up": up, f"unet:{number}:down": down}
        metadata[f"unet:{number}:rank"] = str(RANK)
        expected["unet", f"{layer}.weight"] = weight + low_rank(up, down, weight.shape)
    return Made(tensors, expected, metadata)


def unet_walk(model: TinyModel, *, new_order: bool) -> list[str]:
    """The trainer's own walk over the real module: attention classes in the order of `modules()`, then their layers.

    diffusers' modules have the new order; in the old one the feed-forward stood between the attentions.
    """
    from torch.nn import Linear

    found = list(_children_of(model, ("Attention", "GEGLU"), (Linear,)))
    if new_order:
        return found
    turn = {"attn1": 0, "ff": 1, "attn2": 2}
    blocks: dict[str, list[str]] = {}
    for name in found:
        blocks.setdefault(name.partition(".transformer_blocks.")[0], []).append(name)
    # Sorting is stable, so only the three kinds within each transformer block change places.
    return [
        name
        for names in blocks.values()
        for name in sorted(
            names, key=lambda name: (_block_number(name), turn[name.split(".transformer_blocks.")[1].split(".")[1]])
        )
    ]


def extended_walk(model: TinyModel) -> Iterable[str]:
    from torch.nn import Conv2d, Linear

    return _children_of(model, ("ResnetBlock2D", "Attention", "GEGLU"), (Linear, Conv2d))


def clip_walk(model: TinyModel) -> list[str]:
    """k, v, q, out of each layer: the order in which CLIP's module has them."""
    from torch.nn import Linear

    layers = model.layers("text_encoder", lambda module: isinstance(module, Linear))
    return [name for name in layers if ".self_attn." in name]


def _children_of(model: TinyModel, classes: tuple[str, ...], kinds: tuple[type, ...]) -> Iterable[str]:
    for name, module in model.modules["unet"].named_modules():
        if type(module).__name__ in classes:
            for child_name, child in module.named_modules():
                if isinstance(child, kinds):
                    yield f"{name}.{child_name}"


def _block_number(name: str) -> int:
    return int(name.split(".transformer_blocks.")[1].split(".", maxsplit=1)[0])


def _processor_names(model: TinyModel, part: Part) -> Iterable[tuple[str, str]]:
    for layer in model.layers(part, _is_linear):
        block, _, last = layer.removesuffix(".0").rpartition(".")
        if part == "unet" and ".attn" in layer:
            yield layer, f"{block}.processor.{last}_lora"
        elif layer.endswith("_proj") and ".self_attn." in layer:
            yield layer, f"{block}.to_{last.removesuffix('_proj')}_lora"


def _is_linear(module: Any) -> bool:
    from torch.nn import Linear

    return isinstance(module, Linear)


def _can_be_cut(module: Any) -> bool:
    return linear_or_conv(module) and module.weight.shape[0] >= 16
