"""Scheduler configs as the Hub repositories publish them."""

from typing import Any

_STABLE_DIFFUSION: dict[str, Any] = {
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "beta_start": 0.00085,
    "clip_sample": False,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "set_alpha_to_one": False,
    "skip_prk_steps": True,
    "steps_offset": 1,
    "trained_betas": None,
}
PNDM = {"_class_name": "PNDMScheduler", **_STABLE_DIFFUSION}
DDIM = {"_class_name": "DDIMScheduler", **_STABLE_DIFFUSION}
DDIM_V = {**DDIM, "prediction_type": "v_prediction"}
EULER_ANCESTRAL = {"_class_name": "EulerAncestralDiscreteScheduler", **_STABLE_DIFFUSION}
EULER = {
    "_class_name": "EulerDiscreteScheduler",
    **_STABLE_DIFFUSION,
    "interpolation_type": "linear",
    "sample_max_value": 1.0,
    "timestep_spacing": "leading",
    "use_karras_sigmas": False,
}
LCM = {
    "_class_name": "LCMScheduler",
    **_STABLE_DIFFUSION,
    "clip_sample_range": 1.0,
    "dynamic_thresholding_ratio": 0.995,
    "original_inference_steps": 50,
    "rescale_betas_zero_snr": False,
    "sample_max_value": 1.0,
    "thresholding": False,
    "timestep_scaling": 10.0,
    "timestep_spacing": "leading",
}
# https://github.com/Stability-AI/stablediffusion/blob/ca86da3a30c4e080d4db8c25fca73de843663cb4/configs/stable-diffusion/x4-upscaling.yaml
_X4_UPSCALER = {"beta_end": 0.02, "beta_start": 0.0001}
DDIM_X4_UPSCALER = {**DDIM_V, **_X4_UPSCALER}
DDPM_LOW_RES: dict[str, Any] = {  # the noise that the x4 upscaler puts on its small image
    "_class_name": "DDPMScheduler",
    **_X4_UPSCALER,
    "beta_schedule": "scaled_linear",
    "clip_sample": True,
    "num_train_timesteps": 1000,
    "prediction_type": "epsilon",
    "trained_betas": None,
    "variance_type": "fixed_small",
}
