"""Averaged (EMA) weights of original checkpoints: the UNet a second time, under flattened names.

Trainers keep a running average of the weights and make images with it; the plain weights are there to train on. So do
onnx-web, and diffusers' conversion script with `--extract_ema`. A file has both, or the average under the plain names.
"""

from collections.abc import Mapping, Set

from converter.listing import first_ten
from converter.models.errors import ModelError
from converter.models.key_map import UNET
from converter.models.leftovers import EMA, is_leftover


def averaged(shapes: Mapping[str, tuple[int, ...]], where: str) -> Mapping[str, str]:
    """Key of a plain weight to the key of its average; empty if the file has no averages.

    The names lose their dots: `model.diffusion_model.out.2.bias` is `model_ema.diffusion_modelout2bias`.
    Source: https://github.com/CompVis/stable-diffusion/blob/21f890f9da3cfbeaba8e2ac3c425ee9e998d5229/ldm/modules/ema.py

    Raises:
        ModelError: some weights of the UNet have an average and others have none, or one of another shape.
    """
    copies = {name for name in shapes if name.startswith(EMA) and not is_leftover(name)}
    if not copies:
        return {}
    found = {name: EMA + name.removeprefix("model.").replace(".", "") for name in shapes if name.startswith(UNET)}
    _require_none("weights without an average", {n for n, copy in found.items() if copy not in copies}, where)
    _require_none("averages of nothing", copies - set(found.values()), where)
    _require_none("averages of another shape", {c for name, c in found.items() if shapes[name] != shapes[c]}, where)
    _require_none("weights that share an average", found.keys() - {c: n for n, c in found.items()}.values(), where)
    return found


def _require_none(what: str, names: Set[str], where: str) -> None:
    if names:
        raise ModelError(
            f"{where}: {what} ({len(names)}): {first_ten(sorted(names))}; expected the averaged "
            f"weights ({EMA}*) of the whole UNet or none: use a file that has only one kind (`emaonly`, `pruned`)"
        )
