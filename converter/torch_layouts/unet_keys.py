"""The original keys of a UNet and of a ControlNet. Pure.

Source: https://github.com/huggingface/diffusers/blob/v0.42.1/src/diffusers/loaders/single_file_utils.py
        (`convert_ldm_unet_checkpoint`, `convert_controlnet_checkpoint`), Apache-2.0; compared with them in the tests
"""

import re
from collections.abc import Iterator, Mapping

from converter.blend.lora import original_names
from converter.torch_layouts.errors import LayoutError
from converter.torch_layouts.original_tensor import OriginalTensor

Shapes = Mapping[str, tuple[int, ...]]

# diffusers <- original. What a LoRA has no name for: the labels of the x4 upscaler, and the guidance of LCM models,
# whose single files are written by scripts that leave this name alone.
_UNET = {"class_embedding": "label_emb", "time_embedding.cond_proj": "time_embedding.cond_proj"}
# What a ControlNet has besides half a UNet.
# https://github.com/lllyasviel/ControlNet/blob/b70f9f68af1ca4140e4185945c0f63b592e1b1ba/cldm/cldm.py (Apache-2.0)
_CONTROLNET = {
    "controlnet_cond_embedding.conv_in": "input_hint_block.0",
    "controlnet_mid_block": "middle_block_out.0",
}
_HINT = re.compile(r"controlnet_cond_embedding\.blocks\.(\d+)")
_HINT_OUT = "controlnet_cond_embedding.conv_out"
_ZERO = re.compile(r"controlnet_down_blocks\.(\d+)")


def unet_tensors(shapes: Shapes, prefix: str) -> Iterator[OriginalTensor]:
    """The tensors of a UNet or a ControlNet, whose keys begin with `prefix`; each parameter is one of them.

    Args:
        shapes: of all its parameters.
        prefix: `model.diffusion_model.` or `control_model.`.

    Raises:
        LayoutError: a parameter has no original name.
    """
    layers = {name.rpartition(".")[0] for name in shapes}
    known = {**original_names(layers), **_UNET, **_controlnet(layers)}
    for name, shape in shapes.items():
        layer, _, leaf = name.rpartition(".")
        if layer not in known:
            raise LayoutError(
                f"{name}: found a layer that the original UNet does not have, expected a UNet of Stable Diffusion; "
                "convert the model with `--to diffusers`"
            )
        yield OriginalTensor(f"{prefix}{known[layer]}.{leaf}", shape, (name,))


def _controlnet(layers: set[str]) -> Mapping[str, str]:
    """Between the convolutions of the hint are activations, which are counted too."""
    hints = {layer: int(found[1]) for layer in layers if (found := _HINT.fullmatch(layer))}
    zeros = {layer: found[1] for layer in layers if (found := _ZERO.fullmatch(layer))}
    return {
        **_CONTROLNET,
        **{layer: f"input_hint_block.{2 * (number + 1)}" for layer, number in hints.items()},
        _HINT_OUT: f"input_hint_block.{2 * (len(hints) + 1)}",
        **{layer: f"zero_convs.{number}.0" for layer, number in zeros.items()},
    }
