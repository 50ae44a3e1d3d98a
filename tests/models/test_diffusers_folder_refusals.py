"""Diffusers folders that are refused: what was found, what was expected, what to do."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.models import KeyMaps, ModelError, open_model
from tests.support.model_folders import copy_folder, edit_json
from tests.support.safetensors_files import write_tensors


@pytest.fixture
def folder(pico_folder: Path, tmp_path: Path) -> Path:
    return copy_folder(pico_folder, tmp_path / "model")


def refusal(folder: Path, key_maps: KeyMaps) -> str:
    with pytest.raises(ModelError) as caught:
        open_model(folder, key_maps)
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "StableDiffusion3Pipeline",
        "StableDiffusionDepth2ImgPipeline",
        "StableUnCLIPPipeline",
        "StableDiffusionXLControlNetPipeline",
        "FluxPipeline",
        "OnnxStableDiffusionPipeline",
        None,
    ],
)
def test_another_pipeline_is_refused_by_its_class(folder: Path, key_maps: KeyMaps, name: str | None) -> None:
    edit_json(folder / "model_index.json", {"_class_name": name})

    message = refusal(folder, key_maps)

    assert message == (
        f"model/model_index.json: the pipeline is {name!r}, expected one of Stable Diffusion 1.x, 2.x or XL such as "
        "StableDiffusionPipeline or StableDiffusionXLPipeline"
    )


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("image_normalizer", ["diffusers", "StableUnCLIPImageNormalizer"], "StableUnCLIPImageNormalizer"),
        ("controlnet", ["diffusers", "ControlNetModel"], "ControlNetModel"),
        ("depth_estimator", ["transformers", "DPTForDepthEstimation"], "DPTForDepthEstimation"),
    ],
)
def test_a_member_that_is_not_built_is_refused_by_its_name(
    folder: Path, key_maps: KeyMaps, member: str, value: list[str], words: str
) -> None:
    edit_json(folder / "model_index.json", {member: value})

    assert f"model/model_index.json: found the member {member} ({words}), expected text encoders," in refusal(
        folder, key_maps
    )


@pytest.mark.parametrize(
    ("part", "component", "found"),
    [
        ("unet", ["diffusers", "UNet2DModel"], "'UNet2DModel'"),
        ("vae", ["diffusers", "AutoencoderTiny"], "'AutoencoderTiny'"),
        ("text_encoder", ["transformers", "CLIPTextModelWithProjection"], "'CLIPTextModelWithProjection'"),
        ("text_encoder", [None, None], "None"),
        ("unet", None, "None"),
        ("unet", {"class": "UNet2DConditionModel"}, "{'class': 'UNet2DConditionModel'}"),
    ],
)
def test_a_component_of_another_class_is_refused(
    folder: Path, key_maps: KeyMaps, part: str, component: Any, found: str
) -> None:
    edit_json(folder / "model_index.json", {part: component})

    assert f"model/model_index.json: {part} is {found}, expected '" in refusal(folder, key_maps)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"addition_embed_type": "text_time"},
            "the UNet is that of Stable Diffusion XL, which has text_encoder, text_encoder_2; model_index.json lists "
            "text_encoder",
        ),
        ({"addition_embed_type": "image"}, "addition_embed_type 'image', expected None or text_time; models that take"),
        ({"encoder_hid_dim": 64, "encoder_hid_dim_type": "text_proj"}, "has encoder_hid_dim, which no Stable"),
        ({"in_channels": 7}, "the UNet of Stable Diffusion 1.x takes 7 channels, expected 4 or 8 or 9"),
        ({"in_channels": 5}, "takes 5 channels, expected 4 or 8 or 9; 5 would be depth-to-image, which is not built"),
        (
            {"in_channels": 9, "time_cond_proj_dim": 256},
            "this is Stable Diffusion 1.x inpainting with guidance distilled (LCM), a combination that no pipeline",
        ),
        ({"class_embed_type": "timestep"}, "has class_embed_type 'timestep', expected None"),
        (
            {"num_class_embeds": 1000},
            "the UNet of Stable Diffusion x4 upscaler takes 4 channels, expected 7",
        ),
        ({"cross_attention_dim": 1024}, "attends to a width of 1024, the text encoder has 64; expected one number"),
    ],
)
def test_a_unet_of_another_model_is_refused(
    folder: Path, key_maps: KeyMaps, changes: Mapping[str, Any], words: str
) -> None:
    edit_json(folder / "unet" / "config.json", changes)

    message = refusal(folder, key_maps)

    assert message.startswith("model: ")
    assert words in message


@pytest.mark.parametrize(
    "name",
    [
        "model_index.json",
        "unet/config.json",
        "vae/config.json",
        "text_encoder/config.json",
        "scheduler/scheduler_config.json",
    ],
)
def test_a_missing_json_file_is_named(folder: Path, key_maps: KeyMaps, name: str) -> None:
    (folder / name).unlink()

    message = refusal(folder, key_maps)

    assert message == f"model: there is no {name}; expected a diffusers folder as `save_pretrained` writes it"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("model_index.json", b"<!doctype html>", "model/model_index.json: not JSON"),
        ("model_index.json", b"[]", "model/model_index.json: found JSON list, expected an object"),
        ("unet/config.json", b'{"in_channels": 4', "model/unet/config.json: not JSON"),
        ("vae/config.json", b'"vae"', "model/vae/config.json: found JSON str, expected an object"),
        (
            "unet/config.json",
            b'{"in_channels": "4"}',
            "unet/config.json: in_channels is '4', expected a whole number such as 4",
        ),
        (
            "text_encoder/config.json",
            b'{"hidden_act": 1}',
            "text_encoder/config.json: hidden_act is 1, expected a text such",
        ),
        ("unet/config.json", b'{"norm_epss": 1}', "unknown field 'norm_epss' = 1 (nearest known: 'norm_eps')"),
        ("scheduler/scheduler_config.json", b"\xff", "model/scheduler/scheduler_config.json: not JSON"),
        ("scheduler/scheduler_config.json", b'{"beta_end": NaN}', "model/scheduler/scheduler_config.json: not JSON"),
    ],
)
def test_a_broken_json_file_is_refused(folder: Path, key_maps: KeyMaps, name: str, data: bytes, words: str) -> None:
    (folder / name).write_bytes(data)

    assert words in refusal(folder, key_maps)


def test_a_config_too_large_to_be_one_is_not_even_read(folder: Path, key_maps: KeyMaps) -> None:
    with (folder / "unet" / "config.json").open("wb") as file:
        file.truncate((32 << 20) + 1)

    assert "model/unet/config.json: 33,554,433 bytes, expected at most 33,554,432" in refusal(folder, key_maps)


@pytest.mark.parametrize("part", ["text_encoder", "unet", "vae"])
def test_missing_weights_are_named(folder: Path, key_maps: KeyMaps, part: str) -> None:
    (path,) = (folder / part).glob("*.safetensors")
    path.unlink()

    message = refusal(folder, key_maps)

    assert f"model: found no weights in {part}/, expected {path.name} or " in message
    assert "save the model again with `save_pretrained`" in message


@pytest.mark.parametrize(
    ("others", "found"),
    [
        (["diffusion_pytorch_model.ckpt.bin"], "found diffusion_pytorch_model.ckpt.bin in unet/"),
        (
            ["diffusion_pytorch_model.bf16.safetensors", "diffusion_pytorch_model.non_ema.safetensors"],
            "found diffusion_pytorch_model.bf16.safetensors, diffusion_pytorch_model.non_ema.safetensors in unet/",
        ),
        (
            [
                "diffusion_pytorch_model-00001-of-00002.safetensors",
                "diffusion_pytorch_model-00002-of-00002.safetensors",
            ],
            "found diffusion_pytorch_model-00001-of-00002.safetensors, "
            "diffusion_pytorch_model-00002-of-00002.safetensors in",
        ),
    ],
    ids=["another-name", "other-variants-only", "shards-without-their-index"],
)
def test_weights_in_another_form_are_refused_by_what_was_found(
    folder: Path, key_maps: KeyMaps, others: list[str], found: str
) -> None:
    (folder / "unet" / "diffusion_pytorch_model.safetensors").unlink()
    for name in others:
        (folder / "unet" / name).write_bytes(b"")

    message = refusal(folder, key_maps)

    assert found in message
    assert (
        "expected diffusion_pytorch_model.safetensors or diffusion_pytorch_model.bin or "
        "diffusion_pytorch_model.fp16.safetensors or diffusion_pytorch_model.fp16.bin, or one of them in shards; "
        "other formats and variants are not built" in message
    )


def test_a_folder_without_tokenizer_is_refused(folder: Path, key_maps: KeyMaps) -> None:
    for path in (folder / "tokenizer").iterdir():
        path.unlink()

    message = refusal(folder, key_maps)

    assert message.startswith("tokenizer: found nothing, but vocab.json and merges.txt ")
    assert "add the tokenizer that the model was trained with" in message


def test_one_parameter_under_two_names_is_refused(folder: Path, key_maps: KeyMaps) -> None:
    path = folder / "vae" / "diffusion_pytorch_model.safetensors"
    path.unlink()
    attention = "encoder.mid_block.attentions.0"
    write_tensors(path, {f"{attention}.{name}.weight": np.zeros((2, 2), np.float32) for name in ("query", "to_q")})

    message = refusal(folder, key_maps)

    assert f"{attention}.query.weight and {attention}.to_q.weight are both {attention}.to_q.weight" in message
    assert "expected one of them" in message


def test_a_folder_that_is_refused_is_left_without_open_files(folder: Path, key_maps: KeyMaps) -> None:
    (folder / "scheduler" / "scheduler_config.json").unlink()  # read last

    with pytest.raises(ModelError) as caught:
        open_model(folder, key_maps)

    assert str(folder) not in Path("/proc/self/maps").read_text("utf-8")
    del caught  # until here its frames would hold what was not closed
