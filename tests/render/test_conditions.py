"""What the UNet is told of sizes and scores, in rows of which the unwanted comes first."""

from dataclasses import replace

import numpy as np

from converter.render import RenderModel, Settings
from converter.render.conditions import conditions, prompts_of
from converter.render.text import Encoded

SETTINGS = Settings("a red fox", "", seed=1, steps=2, guidance=5.0, width=64, height=32)
ENCODED = Encoded(np.ones((1, 77, 4), np.float32), np.ones((1, 4), np.float32))
PROMPTS = {"a red fox": ENCODED, "": ENCODED}


def test_a_model_of_sizes_is_told_height_before_width(pico_model: RenderModel) -> None:
    told = conditions(pico_model, SETTINGS, PROMPTS)
    assert told["time_ids"].tolist() == [[32, 64, 0, 0, 32, 64]] * 2


def test_a_refiner_is_told_a_bad_score_for_the_unwanted_and_a_good_one_for_the_wanted(pico_model: RenderModel) -> None:
    refiner = replace(pico_model, index={"requires_aesthetics_score": True})
    assert conditions(refiner, SETTINGS, PROMPTS)["time_ids"].tolist() == [[32, 64, 0, 0, 2.5], [32, 64, 0, 0, 6.0]]
    alone = conditions(refiner, replace(SETTINGS, guidance=1.0), PROMPTS)
    assert alone["time_ids"].tolist() == [[32, 64, 0, 0, 6.0]]


def test_no_negative_prompt_is_zeros_only_where_the_index_says_so(pico_model: RenderModel) -> None:
    zeroing = replace(pico_model, index={"force_zeros_for_empty_prompt": True})
    sums = [conditions(model, SETTINGS, PROMPTS)["encoder_hidden_states"][0].sum() for model in (zeroing, pico_model)]
    assert sums == [0, 77 * 4]


def test_a_unet_that_is_told_its_guidance_runs_the_prompt_alone(pico_model: RenderModel) -> None:
    distilled = replace(pico_model, unet={**pico_model.unet, "time_cond_proj_dim": 8})
    told = conditions(distilled, SETTINGS, PROMPTS)
    assert prompts_of(distilled, SETTINGS) == ("a red fox",)
    assert (len(told["encoder_hidden_states"]), told["timestep_cond"].shape) == (1, (1, 8))
