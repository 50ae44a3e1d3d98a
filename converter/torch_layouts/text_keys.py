"""The original keys of a text encoder: OpenAI's CLIP as transformers names it, and open_clip's own names. Pure.

Stable Diffusion 2 takes the output of OpenCLIP's last layer but one. Its first files carry that last layer, the
projection behind it and `logit_scale` all the same; diffusers' and transformers' models do not, and none of the three
takes part in any image. They are left out here, as diffusers' own script leaves them out, because nothing needs them
and their numbers could only be invented: sd-scripts fills in a copy of the layer before, and ones. diffusers'
`from_single_file` skips `resblocks.23`; AUTOMATIC1111 and Stability's scripts load with `strict=False`, and Stability's
encoder, which both use, stops before the layer.
https://github.com/huggingface/diffusers/blob/11f1a54e2672364e79dbf43ee307d250f33afc50/scripts/convert_diffusers_to_original_stable_diffusion.py
https://github.com/kohya-ss/sd-scripts/blob/48d368fa557731ad0488c07304dfeba8c07910eb/library/model_util.py
https://github.com/AUTOMATIC1111/stable-diffusion-webui/blob/0034541eb1bf01cfa571068bcdc43d24c957a4fe/modules/sd_models.py
https://github.com/Stability-AI/stablediffusion/blob/3b2e28a137ed526fdf00e454ae72f88f0a0516be/ldm/modules/encoders/modules.py
"""

from collections.abc import Iterator, Mapping

from converter.models.original_text import EACH_LAYER, ONCE, PROJECTION, STACKED, TEXT
from converter.torch_layouts.errors import LayoutError
from converter.torch_layouts.original_tensor import OriginalTensor

Shapes = Mapping[str, tuple[int, ...]]

_LAYERS = f"{TEXT}encoder.layers."
_ONCE = {f"{TEXT}{name}": key for name, key in ONCE.items()}


def clip_tensors(shapes: Shapes, prefix: str) -> Iterator[OriginalTensor]:
    """The tensors of OpenAI's CLIP, whose keys begin with `prefix`: the names are transformers' own."""
    for name, shape in shapes.items():
        yield OriginalTensor(f"{prefix}{name}", shape, (name,))


def open_clip_tensors(shapes: Shapes, prefix: str) -> Iterator[OriginalTensor]:
    """The tensors of OpenCLIP, whose keys begin with `prefix`.

    Queries, keys and values of a layer are one tensor, `(3 * width, width)`; the projection is `(width, projection)`.

    Args:
        shapes: of all parameters of the encoder.
        prefix: where it is in the checkpoint, such as `cond_stage_model.model.`.

    Raises:
        LayoutError: a parameter has no original name, or queries, keys and values are not of one size.
    """
    for name, shape in shapes.items():
        if name in _ONCE:
            yield OriginalTensor(prefix + _ONCE[name], shape, (name,))
        elif name == f"{PROJECTION}.weight":
            yield OriginalTensor(prefix + PROJECTION, shape[::-1], (name,), transposed=True)
        else:
            yield from _of_layer(name, shapes, prefix)


def _of_layer(name: str, shapes: Shapes, prefix: str) -> Iterator[OriginalTensor]:
    number, _, rest = name.removeprefix(_LAYERS).partition(".")
    module, _, leaf = rest.rpartition(".")
    block = f"{prefix}transformer.resblocks.{number}"
    attention, _, which = module.rpartition(".")
    if name.startswith(_LAYERS) and module in EACH_LAYER:
        yield OriginalTensor(f"{block}.{EACH_LAYER[module]}.{leaf}", shapes[name], (name,))
    elif name.startswith(_LAYERS) and attention == "self_attn" and which in STACKED:
        if which == STACKED[0]:
            yield _stacked(f"{block}.attn.in_proj_{leaf}", f"{_LAYERS}{number}.{attention}", leaf, shapes)
    else:
        raise LayoutError(
            f"{name}: found a parameter that OpenCLIP does not have, expected its text encoder; convert the model with "
            "`--to diffusers`"
        )


def _stacked(key: str, attention: str, leaf: str, shapes: Shapes) -> OriginalTensor:
    names = tuple(f"{attention}.{which}.{leaf}" for which in STACKED)
    found = {shapes.get(name) for name in names}
    first = shapes[names[0]]
    if found != {first}:
        raise LayoutError(
            f"{key}: its queries, keys and values have the shapes {found}, expected one: {names[0]} and …"
        )
    return OriginalTensor(key, (len(names) * first[0], *first[1:]), names)
