"""How strongly each block of the UNet is changed, as kohya's merge scripts take it: a list of numbers. Pure.

Source: https://github.com/kohya-ss/sd-scripts/blob/48d368fa557731ad0488c07304dfeba8c07910eb/networks/svd_merge_lora.py
        (`LAYER12`, `LAYER17`, `LAYER20`, `LAYER26`, `get_lbw_block_index`), Apache-2.0
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence

from converter.blend.errors import BlendError
from converter.blend.lora.original_names import original_names
from converter.blend.lora.targets import Layer, Targets

_BASE = "BASE"
_MIDDLE = "MID"
_IN = [f"IN{number:02d}" for number in range(12)]
_OUT = [f"OUT{number:02d}" for number in range(12)]

_LISTS: Mapping[int, Sequence[str]] = {
    12: [_BASE, *(_IN[n] for n in (4, 5, 7, 8)), _MIDDLE, *_OUT[:6]],
    17: [_BASE, *(_IN[n] for n in (1, 2, 4, 5, 7, 8)), _MIDDLE, *_OUT[3:]],
    20: [_BASE, *_IN[:9], _MIDDLE, *_OUT[:9]],
    26: [_BASE, *_IN, _MIDDLE, *_OUT],
}
"""By length: the block of each number. BASE is the text encoder."""
_OF_SDXL, _OF_OTHERS = (12, 20, 26), (17, 26)
_PLACE = re.compile(r"(input|output)_blocks\.(\d+)\.")


def block_factors(numbers: Sequence[float] | None, targets: Targets) -> Callable[[Layer], float]:
    """What each layer's strength is multiplied with: its block's number, or 1 where the list has none for it.

    Args:
        numbers: 17 or 26 numbers for Stable Diffusion 1.x and 2.x (with attention, or every block), 12, 20 or 26 for
            Stable Diffusion XL; `None` for 1 everywhere.
        targets: What the model has.

    Raises:
        BlendError: there are fewer or more numbers, or one is NaN or an infinity.
    """
    if numbers is None:
        return lambda _: 1.0
    is_sdxl = "text_encoder_2" in targets.shapes
    lengths = _OF_SDXL if is_sdxl else _OF_OTHERS
    if len(numbers) not in lengths:
        raise BlendError(
            f"found {len(numbers)} block weights, expected {', '.join(map(str, lengths[:-1]))} or {lengths[-1]} for "
            f"{targets.architecture}; give one number for each block, the first for the text encoder"
        )
    if not all(math.isfinite(number) for number in numbers):
        raise BlendError(f"found the block weights {list(numbers)}, expected finite numbers; correct the list")
    by_block = dict(zip(_LISTS[len(numbers)], map(float, numbers), strict=True))
    originals = original_names(targets.layers.get("unet", {}))
    return lambda layer: by_block.get(_block(layer, originals, is_sdxl=is_sdxl), 1.0)


def _block(layer: Layer, originals: Mapping[str, str], *, is_sdxl: bool) -> str:
    if layer.part != "unet":
        return _BASE
    name = originals.get(layer.name, layer.name)
    if name.startswith("middle_block."):
        return _MIDDLE
    found = _PLACE.match(name)
    # What stands outside the blocks: sd-scripts knows no block for it in SD 1.x and 2.x, and one in SDXL.
    if is_sdxl and name.startswith(("time_embed.", "label_emb.")):
        return _IN[0]
    if is_sdxl and name.startswith("out."):
        return _OUT[9]
    if found is None or (not is_sdxl and layer.name == "conv_in"):
        return ""
    return (_IN if found[1] == "input" else _OUT)[int(found[2])]
