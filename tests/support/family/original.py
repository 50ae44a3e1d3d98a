"""A model as one file in the layout of CompVis' and Stability's code."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from tests.support.family.key_tables import original_key, unet_table
from tests.support.family.lazy import Array, Lazy, fixed, write_safetensors
from tests.support.family.leftovers import leftovers
from tests.support.family.model import FamilyModel
from tests.support.family.open_clip import open_clip_tensors
from tests.support.family.vaes import vae_original_tensors


def original_tensors(model: FamilyModel) -> dict[str, Lazy]:
    """Original key to tensor, with the leftovers that the real files have."""
    table = unet_table(model.configs["unet"])
    return {
        **{f"model.diffusion_model.{original_key(n, table)}": tensor for n, tensor in model.tensors("unet").items()},
        **vae_original_tensors(model, "first_stage_model."),
        **_text_encoders(model),
        **leftovers(model),
    }


def write_original(
    model: FamilyModel,
    path: Path,
    *,
    dtype: str | None = None,
    extra: Mapping[str, Array] | None = None,
    rename: Mapping[str, str | None] | None = None,
) -> Path:
    """Write the original file.

    Args:
        model: what to write.
        path: where; its folder is made.
        dtype: of the floats, when it is not the model's.
        extra: further tensors, such as `markers("v_pred")`; they keep their dtype.
        rename: key to another key, or to `None` to leave the tensor out.
    """
    renamed = rename or {}
    tensors = {renamed.get(key, key): tensor.cast(dtype) for key, tensor in original_tensors(model).items()}
    kept = {key: tensor for key, tensor in tensors.items() if key is not None}
    return write_safetensors(path, kept | {key: fixed(array) for key, array in (extra or {}).items()})


def markers(*names: str) -> dict[str, Array]:
    """Empty tensors whose names alone say something: `v_pred` and `ztsnr`, as NoobAI-XL's files have them."""
    return {name: np.zeros(0, np.float32) for name in names}


def _text_encoders(model: FamilyModel) -> dict[str, Lazy]:
    if model.architecture.startswith("sdxl"):
        big = 1 if "text_encoder" in model.configs else 0  # the refiner has only the big one
        found = _clip(model, "conditioner.embedders.0.transformer.") if big else {}
        open_clip = open_clip_tensors(model, "text_encoder_2", penultimate=False)
        return found | {f"conditioner.embedders.{big}.model.{key}": tensor for key, tensor in open_clip.items()}
    if model.architecture.startswith("sd1"):
        return _clip(model, "cond_stage_model.transformer.")
    open_clip = open_clip_tensors(model, "text_encoder", penultimate=True)
    return {f"cond_stage_model.model.{key}": tensor for key, tensor in open_clip.items()}


def _clip(model: FamilyModel, prefix: str) -> dict[str, Lazy]:
    return {prefix + name: tensor for name, tensor in model.tensors("text_encoder").items()}
