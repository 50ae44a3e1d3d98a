"""Keys of original checkpoints that are known to belong to training, not to the model."""

# Buffers of CompVis' DDPM class, all derived from the noise schedule, and of its text encoder wrapper.
# Source: https://github.com/CompVis/stable-diffusion/blob/21f890f9da3cfbeaba8e2ac3c425ee9e998d5229/ldm/models/diffusion/ddpm.py
_LEFTOVERS = frozenset(
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
        "model_ema.decay",
        "model_ema.num_updates",
        "cond_stage_model.logit_scale",
        "cond_stage_model.text_projection",
        "cond_stage_model.transformer.text_model.embeddings.position_ids",
        "cond_stage_model.transformer.embeddings.position_ids",
    }
)
# The discriminator that the VAE was trained against, and the filter that pipelines put behind the model.
_LEFTOVER_BEGINNINGS = ("first_stage_model.loss.", "safety_checker.")
EMA = "model_ema."
"""How the keys of averaged weights begin."""


def is_leftover(name: str) -> bool:
    """Whether a key belongs to training and may be left out."""
    return name in _LEFTOVERS or name.startswith(_LEFTOVER_BEGINNINGS)
