"""The original keys of a VAE. Pure.

Source: https://github.com/CompVis/stable-diffusion/blob/21f890f9da3cfbeaba8e2ac3c425ee9e998d5229/ldm/modules/
        diffusionmodules/model.py (its licence is that of its authors; names only)
"""

import re
from collections.abc import Iterator, Mapping

from converter.torch_layouts.errors import LayoutError
from converter.torch_layouts.original_tensor import OriginalTensor

Shapes = Mapping[str, tuple[int, ...]]

# pattern of diffusers' layer -> original; {up} counts the decoder's blocks from the other end, {next} from one
_LAYERS = (
    (r"(?:post_)?quant_conv", "{layer}"),
    (r"(?P<side>encoder|decoder)\.(?P<end>conv_in|conv_out)", "{side}.{end}"),
    (r"(?P<side>encoder|decoder)\.conv_norm_out", "{side}.norm_out"),
    (r"(?P<side>encoder|decoder)\.mid_block\.resnets\.(?P<n>\d+)\.(?P<inner>\w+)", "{side}.mid.block_{next}.{inner}"),
    (r"(?P<side>encoder|decoder)\.mid_block\.attentions\.0\.(?P<inner>[\w.]+)", "{side}.mid.attn_1.{inner}"),
    (r"encoder\.down_blocks\.(?P<i>\d+)\.resnets\.(?P<n>\d+)\.(?P<inner>\w+)", "encoder.down.{i}.block.{n}.{inner}"),
    (r"encoder\.down_blocks\.(?P<i>\d+)\.downsamplers\.0\.conv", "encoder.down.{i}.downsample.conv"),
    (r"decoder\.up_blocks\.(?P<i>\d+)\.resnets\.(?P<n>\d+)\.(?P<inner>\w+)", "decoder.up.{up}.block.{n}.{inner}"),
    (r"decoder\.up_blocks\.(?P<i>\d+)\.upsamplers\.0\.conv", "decoder.up.{up}.upsample.conv"),
)
_INNER = {
    "conv_shortcut": "nin_shortcut",
    "group_norm": "norm",
    "to_q": "q",
    "to_k": "k",
    "to_v": "v",
    "to_out.0": "proj_out",
}


def vae_tensors(shapes: Shapes, prefix: str) -> Iterator[OriginalTensor]:
    """The tensors of a VAE, whose keys begin with `prefix`; each parameter is one of them.

    The attention's projections are linear layers in diffusers and 1x1 convolutions in the original: `(out, in, 1, 1)`.

    Args:
        shapes: of all its parameters.
        prefix: `first_stage_model.`.

    Raises:
        LayoutError: a parameter has no original name.
    """
    last = max(
        (int(found[1]) for name in shapes if (found := re.match(r"decoder\.up_blocks\.(\d+)\.", name))), default=0
    )
    for name, shape in shapes.items():
        layer, _, leaf = name.rpartition(".")
        linear = ".attentions." in name and len(shape) == 2
        yield OriginalTensor(f"{prefix}{_original(layer, last)}.{leaf}", (*shape, 1, 1) if linear else shape, (name,))


def _original(layer: str, last: int) -> str:
    for pattern, original in _LAYERS:
        if found := re.fullmatch(pattern, layer):
            parts = found.groupdict()
            inner = parts.get("inner", "")
            counted = {"up": last - int(parts.get("i", 0)), "next": int(parts.get("n", 0)) + 1}
            return original.format(**{**parts, **counted, "layer": layer, "inner": _INNER.get(inner, inner)})
    raise LayoutError(
        f"{layer}: found a layer that the original VAE does not have, expected a VAE of Stable Diffusion; convert the "
        "model with `--to diffusers`"
    )
