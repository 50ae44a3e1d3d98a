"""What real original files hold beside the model: buffers of the training code.

https://github.com/CompVis/stable-diffusion/blob/21f890f9da3cfbeaba8e2ac3c425ee9e998d5229/ldm/models/diffusion/ddpm.py
https://github.com/Stability-AI/stablediffusion/blob/bfef096e9b15b642df71d887cc12a38de24d4608/ldm/modules/diffusionmodules/upscaling.py
(MIT)
"""

import numpy as np

from tests.support.family.lazy import Array, Lazy, fixed
from tests.support.family.model import FamilyModel


def leftovers(model: FamilyModel) -> dict[str, Lazy]:
    """Key to tensor of what the original file of such a model has and no part takes."""
    found = {f"{prefix}.text_model.embeddings.position_ids": _position_ids(model) for prefix in _clips(model)}
    if model.architecture.startswith("sdxl"):
        return found  # Stability's newer code keeps its noise schedule out of the file
    betas = _betas(model, "scheduler")
    found |= {name: fixed(value) for name, value in (_schedule(betas) | _posterior(betas)).items()}
    if "low_res_scheduler" in model.schedulers:
        low = _schedule(_betas(model, "low_res_scheduler"))
        return found | {f"low_scale_model.{name}": fixed(value) for name, value in low.items()}
    return found | {
        "model_ema.decay": fixed(np.array(0.9999, np.float32)),
        "model_ema.num_updates": fixed(np.array(470000, np.int32)),
    }


def _clips(model: FamilyModel) -> list[str]:
    if model.architecture.startswith("sd1"):
        return ["cond_stage_model.transformer"]
    return ["conditioner.embedders.0.transformer"] if len(_encoders(model)) == 2 else []


def _encoders(model: FamilyModel) -> list[str]:
    return [part for part in model.configs if part.startswith("text_encoder")]


def _position_ids(model: FamilyModel) -> Lazy:
    length = int(model.configs["text_encoder"]["max_position_embeddings"])
    return fixed(np.arange(length, dtype=np.int64)[None])


def _betas(model: FamilyModel, scheduler: str) -> Array:
    config = model.schedulers[scheduler]
    start, end, steps = config["beta_start"], config["beta_end"], config["num_train_timesteps"]
    return np.linspace(start**0.5, end**0.5, steps) ** 2  # diffusers' "scaled_linear"


def _schedule(betas: Array) -> dict[str, Array]:
    """What both the model and the x4 upscaler's noise on its image are described with."""
    alphas = np.cumprod(1 - betas)
    return _float32(
        {
            "betas": betas,
            "alphas_cumprod": alphas,
            "alphas_cumprod_prev": np.append(1, alphas[:-1]),
            "sqrt_alphas_cumprod": np.sqrt(alphas),
            "sqrt_one_minus_alphas_cumprod": np.sqrt(1 - alphas),
            "log_one_minus_alphas_cumprod": np.log(1 - alphas),
            "sqrt_recip_alphas_cumprod": np.sqrt(1 / alphas),
            "sqrt_recipm1_alphas_cumprod": np.sqrt(1 / alphas - 1),
        }
    )


def _posterior(betas: Array) -> dict[str, Array]:
    alphas = np.cumprod(1 - betas)
    before = np.append(1, alphas[:-1])
    variance = betas * (1 - before) / (1 - alphas)
    return _float32(
        {
            "posterior_variance": variance,
            "posterior_log_variance_clipped": np.log(np.maximum(variance, 1e-20)),
            "posterior_mean_coef1": betas * np.sqrt(before) / (1 - alphas),
            "posterior_mean_coef2": (1 - before) * np.sqrt(1 - betas) / (1 - alphas),
        }
    )


def _float32(arrays: dict[str, Array]) -> dict[str, Array]:
    return {name: array.astype(np.float32) for name, array in arrays.items()}
