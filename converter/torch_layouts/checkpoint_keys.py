"""The original layout of a whole model: which tensors its checkpoint has, and what each is made of. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping

from converter.listing import first_ten
from converter.models import Family, Part
from converter.torch_layouts.errors import LayoutError
from converter.torch_layouts.original_tensor import OriginalTensor
from converter.torch_layouts.text_keys import clip_tensors, open_clip_tensors
from converter.torch_layouts.unet_keys import unet_tensors
from converter.torch_layouts.vae_keys import vae_tensors

Shapes = Mapping[str, tuple[int, ...]]

_PREFIXES: Mapping[Part, str] = {
    "unet": "model.diffusion_model.",
    "vae": "first_stage_model.",
    "controlnet": "control_model.",
}


def original_tensors(family: Family, shapes: Mapping[Part, Shapes]) -> dict[Part, tuple[OriginalTensor, ...]]:
    """The tensors of a checkpoint, by the part that they are of, in the order of their keys.

    Each parameter is in exactly one of them: nothing is left out and nothing is invented.

    Args:
        family: of the model; it decides what its text encoders are called.
        shapes: of every parameter of every part.

    Raises:
        LayoutError: a parameter has no original name, or two have the same.
    """
    found = {part: tuple(sorted(_of(part, family, own), key=lambda t: t.key)) for part, own in shapes.items()}
    counted = Counter(tensor.key for tensors in found.values() for tensor in tensors)
    twice = sorted(key for key, count in counted.items() if count > 1)
    if twice:
        raise LayoutError(
            f"two parameters would have the same original key: {first_ten(twice)}; expected blocks with equal numbers "
            "of layers, as the original UNet has: convert the model with `--to diffusers`"
        )
    return found


def _of(part: Part, family: Family, shapes: Shapes) -> Iterator[OriginalTensor]:
    if part == "vae":
        return vae_tensors(shapes, _PREFIXES[part])
    if part in family.encoders:
        kind, prefix = family.encoders[part]
        return (clip_tensors if kind == "clip" else open_clip_tensors)(shapes, prefix)
    return unet_tensors(shapes, _PREFIXES[part])
