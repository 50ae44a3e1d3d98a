"""Keys of original checkpoints that are known to belong to training, not to the model."""

# Buffers of CompVis' DDPM class, all derived from the noise schedule, and of its text encoder wrappers.
# Source: https://github.com/CompVis/stable-diffusion/blob/21f890f9da3cfbeaba8e2ac3c425ee9e998d5229/ldm/models/diffusion/ddpm.py
_SCHEDULE = frozenset(
    {
        "alphas_cumprod",
        "alphas_cumprod_prev",
        "betas",
        "log_one_minus_alphas_cumprod",
        "logvar",
        "lvlb_weights",
        "posterior_log_variance_clipped",
        "posterior_mean_coef1",
        "posterior_mean_coef2",
        "posterior_variance",
        "scale_factor",
        "sqrt_alphas_cumprod",
        "sqrt_one_minus_alphas_cumprod",
        "sqrt_recip_alphas_cumprod",
        "sqrt_recipm1_alphas_cumprod",
    }
)
_OTHERS = frozenset(
    {
        "model_ema.decay",
        "model_ema.num_updates",
        "cond_stage_model.logit_scale",
        "cond_stage_model.text_projection",
        "cond_stage_model.transformer.text_model.embeddings.position_ids",
        "cond_stage_model.transformer.embeddings.position_ids",
        # open_clip's own, of Stable Diffusion 2
        "cond_stage_model.model.attn_mask",
        "cond_stage_model.model.logit_scale",
        "cond_stage_model.model.text_projection",
        # Stable Diffusion XL, trained with https://github.com/Stability-AI/generative-models
        "conditioner.embedders.0.transformer.text_model.embeddings.position_ids",
        "conditioner.embedders.0.logit_scale",
        "conditioner.embedders.0.text_projection",
        "conditioner.embedders.0.model.attn_mask",
        "conditioner.embedders.0.model.logit_scale",
        "conditioner.embedders.1.model.attn_mask",
        "conditioner.embedders.1.model.logit_scale",
        "denoiser.sigmas",
    }
)
# The x4 upscaler noises its low resolution input by a schedule of its own.
_LOW_SCALE = frozenset(f"low_scale_model.{name}" for name in _SCHEDULE)
# The discriminator that the VAE was trained against, and the filter that pipelines put behind the model.
_LEFTOVER_BEGINNINGS = ("first_stage_model.loss.", "safety_checker.")
EMA = "model_ema."
"""How the keys of averaged weights begin."""
V_PREDICTION = "v_pred"
"""A key without content that says that the UNet predicts v (NoobAI-XL and what follows it)."""
ZERO_TERMINAL_SNR = "ztsnr"
"""A key without content that says that the noise schedule ends without signal."""
_MARKERS = frozenset({V_PREDICTION, ZERO_TERMINAL_SNR})


def is_leftover(name: str) -> bool:
    """Whether a key holds no weight of the model and may be left out."""
    known = name in _SCHEDULE or name in _OTHERS or name in _LOW_SCALE or name in _MARKERS
    return known or name.startswith(_LEFTOVER_BEGINNINGS)
