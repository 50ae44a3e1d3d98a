"""Which keys belong to training."""

import pytest

from converter.models.leftovers import is_leftover
from tests.support.original_shapes import pico_shapes


@pytest.mark.parametrize(
    "name",
    [
        "alphas_cumprod",
        "betas",
        "sqrt_recipm1_alphas_cumprod",
        "model_ema.decay",
        "model_ema.num_updates",
        "first_stage_model.loss.logvar",
        "safety_checker.vision_model.vision_model.embeddings.class_embedding",
        "first_stage_model.loss.discriminator.main.0.weight",
        "cond_stage_model.transformer.text_model.embeddings.position_ids",
    ],
)
def test_a_key_of_training_is_a_leftover(name: str) -> None:
    assert is_leftover(name)


@pytest.mark.parametrize(
    "name", ["alphas", "model_ema.diffusion_modelout2bias", "first_stage_model.losses", "x.betas", ""]
)
def test_a_key_that_only_looks_like_it_is_none(name: str) -> None:
    assert not is_leftover(name)


def test_no_parameter_of_the_model_is_a_leftover() -> None:
    assert sum(map(is_leftover, pico_shapes())) == 3
