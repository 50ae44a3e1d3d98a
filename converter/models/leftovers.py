"""Keys of original checkpoints that are known to belong to training, not to the model."""

from collections.abc import Iterable

from converter.models.errors import ModelError

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
# The discriminator that the VAE was trained against.
_LEFTOVER_BEGINNINGS = ("first_stage_model.loss.",)
_EMA = "model_ema."


def is_leftover(name: str) -> bool:
    """Whether a key belongs to training and may be left out."""
    return name in _LEFTOVERS or name.startswith(_LEFTOVER_BEGINNINGS)


def require_no_copies(names: Iterable[str], where: str) -> None:
    """Refuse checkpoints that carry the UNet twice: which copy is meant is not ours to guess.

    Raises:
        ModelError: there are averaged (EMA) weights beside the plain ones.
    """
    copies = sum(name.startswith(_EMA) and not is_leftover(name) for name in names)
    if copies:
        raise ModelError(
            f"{where}: {copies} keys of averaged weights ({_EMA}*) beside the plain ones; choosing between the copies "
            "is not built yet, use the file without them (its name often ends in `emaonly` or `pruned`)"
        )
