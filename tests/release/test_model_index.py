"""`model_index.json`: what pipelines read first."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from converter.release import model_index

SD = ("text_encoder", "unet", "vae_encoder", "vae_decoder")
SDXL = ("text_encoder", "text_encoder_2", "unet", "vae_encoder", "vae_decoder")
REFINER = ("text_encoder_2", "unet", "vae_encoder", "vae_decoder")
SD_OTHERS = {"scheduler": "PNDMScheduler", "tokenizer": "CLIPTokenizer"}
XL_OTHERS = {"scheduler": "EulerDiscreteScheduler", "tokenizer": "CLIPTokenizer", "tokenizer_2": "CLIPTokenizer"}


def of_sd(graphs: tuple[str, ...] = SD, others: Mapping[str, str] = SD_OTHERS) -> Mapping[str, object]:
    return model_index("StableDiffusionPipeline", {}, graphs, others)


def of_xl(pipeline: str = "StableDiffusionXLPipeline", graphs: tuple[str, ...] = SDXL) -> Mapping[str, object]:
    return model_index(pipeline, {"force_zeros_for_empty_prompt": True}, graphs, XL_OTHERS)


def members(index: Mapping[str, object]) -> set[str]:
    return {name for name, value in index.items() if isinstance(value, list) and value != [None, None]}


def test_it_names_the_scheduler_of_the_model() -> None:
    index = of_sd(others={**SD_OTHERS, "scheduler": "DDIMScheduler"})
    assert index["scheduler"] == ["diffusers", "DDIMScheduler"]


@pytest.mark.parametrize("index", [of_sd(), of_xl()])
def test_every_graph_is_an_onnx_model_of_diffusers(index: Mapping[str, object]) -> None:
    graphs = [name for name in SDXL if name in index]
    assert len(graphs) >= len(SD)
    assert all(index[part] == ["diffusers", "OnnxRuntimeModel"] for part in graphs)


def test_every_component_of_the_index_has_its_folder(pico_release: Path) -> None:
    index = json.loads((pico_release / "model_index.json").read_bytes())
    assert members(index) == {path.name for path in pico_release.iterdir() if path.is_dir()}


def test_the_safety_checker_and_its_extractor_are_declared_absent() -> None:
    index = of_sd()
    assert (index["safety_checker"], index["feature_extractor"]) == ([None, None], [None, None])
    assert index["requires_safety_checker"] is False


def test_a_pipeline_of_stable_diffusion_xl_knows_no_safety_checker() -> None:
    assert not of_xl().keys() & {"safety_checker", "requires_safety_checker"}


def test_the_second_encoder_and_tokenizer_are_members() -> None:
    index = of_xl()
    assert members(index) == {*SDXL, *XL_OTHERS}
    assert index["tokenizer_2"] == ["transformers", "CLIPTokenizer"]
    assert index["force_zeros_for_empty_prompt"] is True


def test_the_refiner_declares_the_encoder_that_it_lacks() -> None:
    others = {name: value for name, value in XL_OTHERS.items() if name != "tokenizer"}
    index = model_index("StableDiffusionXLImg2ImgPipeline", {}, REFINER, others)
    assert (index["text_encoder"], index["tokenizer"]) == ([None, None], [None, None])
    assert members(index) == {*REFINER, *others}


def test_the_schedule_of_the_upscalers_small_image_is_a_member() -> None:
    index = of_sd(others={**SD_OTHERS, "low_res_scheduler": "DDPMScheduler"})
    assert index["low_res_scheduler"] == ["diffusers", "DDPMScheduler"]


def test_the_unet_for_a_controlnet_is_no_member_of_the_pipeline() -> None:
    assert of_sd((*SD, "cnet")) == of_sd()


@pytest.mark.parametrize("index", [of_sd(), of_xl()])
def test_there_is_no_vae_since_its_halves_are_graphs_of_their_own(index: Mapping[str, object]) -> None:
    assert "vae" not in index


@pytest.mark.parametrize("index", [of_sd(), of_xl()])
def test_the_order_is_that_of_the_alphabet(index: Mapping[str, object]) -> None:
    assert list(index) == sorted(index)
