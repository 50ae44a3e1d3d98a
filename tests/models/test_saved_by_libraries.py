"""Folders that diffusers and transformers themselves saved: every parameter is found, with its value."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.models import KeyMaps, Model, Part, open_model
from tests.support.sd1_models import pico

PARTS: tuple[Part, ...] = ("text_encoder", "unet", "vae")


@pytest.fixture(scope="module")
def pipeline(pico_folder: Path) -> Any:
    """A pipeline of the pinned libraries, with random weights."""
    import torch
    from diffusers import AutoencoderKL, PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    configs = {part: dict(config) for part, config in pico().configs.items()}
    torch.manual_seed(0)
    return StableDiffusionPipeline(
        vae=AutoencoderKL.from_config(configs["vae"]),
        text_encoder=CLIPTextModel(CLIPTextConfig(**configs["text_encoder"])),
        tokenizer=CLIPTokenizer.from_pretrained(pico_folder / "tokenizer"),
        unet=UNet2DConditionModel.from_config(configs["unet"]),
        scheduler=PNDMScheduler.from_pretrained(pico_folder / "scheduler"),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


@pytest.fixture(scope="module")
def saved(pipeline: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "pipeline"
    pipeline.save_pretrained(folder)
    return folder


@pytest.fixture
def model(saved: Path, key_maps: KeyMaps) -> Iterator[Model]:
    with open_model(saved, key_maps) as opened:
        yield opened


@pytest.mark.parametrize("part", PARTS)
def test_every_parameter_of_the_pipeline_is_in_the_state_dict(pipeline: Any, model: Model, part: Part) -> None:
    state_dict = model.state_dicts[part]
    names = set()

    for name, parameter in getattr(pipeline, part).named_parameters():
        # Consumers know the text encoder's parameters by the names of transformers 4.
        ours = f"text_model.{name.removeprefix('text_model.')}" if part == "text_encoder" else name
        np.testing.assert_array_equal(state_dict.read(ours), parameter.detach().numpy(), err_msg=name)
        names.add(ours)

    assert state_dict.shapes.keys() == names


@pytest.mark.parametrize("part", PARTS)
def test_the_graph_config_is_that_of_the_configs_it_was_made_from(
    pico_folder: Path, key_maps: KeyMaps, model: Model, part: Part
) -> None:
    # diffusers saves every field, the folder it was made from has a few: one template serves both.
    with open_model(pico_folder, key_maps) as spare:
        assert model.graph_configs[part] == spare.graph_configs[part]


def test_the_tokenizer_is_the_one_it_was_made_from(pico_folder: Path, model: Model) -> None:
    for name in ("vocab.json", "merges.txt"):
        assert model.tokenizers["tokenizer"][name] == (pico_folder / "tokenizer" / name).read_bytes()


def test_the_scheduler_asks_for_the_same_noise(pico_folder: Path, key_maps: KeyMaps, model: Model) -> None:
    with open_model(pico_folder, key_maps) as spare:
        assert spare.schedulers["scheduler"].items() <= model.schedulers["scheduler"].items()
