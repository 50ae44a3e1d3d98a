"""Configs inferred from shapes: those of the model that the checkpoint was written from."""

from pathlib import Path
from typing import Any

import pytest

from converter.models import KeyMaps, open_model
from converter.models.configs import graph_config
from tests.support.original_shapes import sd15_shapes, three_blocks, write_zeros
from tests.support.sd1_models import Sd1, original_tensors, pico, sd15
from tests.support.shapes_files import fresh_key_maps, place_of


def one_block() -> Sd1:
    """No downsampler anywhere: one UNet block of three layers, one VAE block."""
    small = pico()
    unet = {
        **small.configs["unet"],
        "block_out_channels": [64],
        "layers_per_block": 3,
        "down_block_types": ["CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D"],
    }
    vae = {
        **small.configs["vae"],
        "block_out_channels": [32],
        "down_block_types": ["DownEncoderBlock2D"],
        "up_block_types": ["UpDecoderBlock2D"],
    }
    return Sd1({**small.configs, "unet": unet, "vae": vae})


def attention_inside_only() -> Sd1:
    """The first UNet block has none, so that the width of the text is told by the second."""
    small = pico()
    unet = {
        **small.configs["unet"],
        "block_out_channels": [64, 32],
        "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
        "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"],
    }
    return Sd1({**small.configs, "unet": unet})


def grey_vae() -> Sd1:
    """One colour in, two out, and latents of eight channels."""
    small = pico()
    vae = {**small.configs["vae"], "in_channels": 1, "out_channels": 2, "latent_channels": 8}
    return Sd1({**small.configs, "vae": vae})


MODELS = [pico, sd15, three_blocks, one_block, attention_inside_only, grey_vae]


@pytest.mark.parametrize("model", MODELS)
def test_all_three_configs_are_those_that_the_checkpoint_was_written_from(model: Any) -> None:
    shapes = sd15_shapes() if model is sd15 else original_tensors(model())[1]

    assert open_model(place_of(shapes), fresh_key_maps()).configs == model().configs


def test_a_file_of_full_size_is_recognised_without_reading_its_weights(tmp_path: Path, key_maps: KeyMaps) -> None:
    path = write_zeros(tmp_path / "sd15.safetensors", sd15_shapes())

    with open_model(path, key_maps) as model:
        assert model.parameters == 1_066_235_307
        assert model.graph_configs["unet"] == graph_config("unet", dict(sd15().configs["unet"]), "x")
