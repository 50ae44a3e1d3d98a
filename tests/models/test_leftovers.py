"""Which keys belong to training."""

import pytest

from converter.models import ModelError
from converter.models.leftovers import is_leftover, require_no_copies
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


def test_counters_of_averaging_are_no_copies() -> None:
    require_no_copies(["model_ema.decay", "model_ema.num_updates", "model.diffusion_model.out.2.bias"], "x")


def test_copies_are_counted_and_refused() -> None:
    names = ["model_ema.decay", "model_ema.diffusion_modelout2bias", "model_ema.diffusion_modelout2weight"]

    with pytest.raises(ModelError, match=r"^some\.safetensors: 2 keys of averaged weights"):
        require_no_copies(names, "some.safetensors")
