"""The key tables of the family, checked against diffusers' own: each original file gives back the same parameters."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from tests.support.family import (
    ARCHITECTURES,
    FamilyModel,
    full,
    full_controlnet,
    original_tensors,
    tiny,
    tiny_controlnet,
    write_controlnet_diffusers,
    write_controlnet_original,
)
from tests.support.family.key_tables import controlnet_table, original_key

Array = np.ndarray[Any, Any]
REAL_SIZES = ("sd1", "sd2", "sd-x4-upscaler", "sdxl", "sdxl-refiner")
OPEN_CLIP = {  # architecture to where its OpenCLIP encoder is: part, beginning of its keys
    "sd2": ("text_encoder", "cond_stage_model.model."),
    "sd-x4-upscaler": ("text_encoder", "cond_stage_model.model."),
    "sdxl": ("text_encoder_2", "conditioner.embedders.1.model."),
    "sdxl-refiner": ("text_encoder_2", "conditioner.embedders.0.model."),
}
# What diffusers' functions forget, so that only our table has it.
LCM = "time_embedding.cond_proj.weight"
TEXT_TIME = {f"add_embedding.linear_{number}.{leaf}" for number in (1, 2) for leaf in ("weight", "bias")}


def checkpoint_of(model: FamilyModel) -> dict[str, Any]:
    """The original file as diffusers has it in memory."""
    import torch

    return {key: torch.from_numpy(tensor.array().copy()) for key, tensor in original_tensors(model).items()}


def assert_same(found: Mapping[str, Any], expected: Mapping[str, Array]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name].numpy(), array, err_msg=name)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_diffusers_finds_each_number_of_the_unet_and_the_vae_in_an_original_file(architecture: str) -> None:
    from diffusers.loaders import single_file_utils as diffusers

    model = tiny(architecture)
    checkpoint = checkpoint_of(model)
    unet = diffusers.convert_ldm_unet_checkpoint(checkpoint, config=dict(model.configs["unet"]))
    expected = model.values("unet")
    if architecture.endswith("lcm"):
        unet[LCM] = checkpoint[f"model.diffusion_model.{LCM}"]
    assert_same(unet, expected)
    vae = diffusers.convert_ldm_vae_checkpoint(checkpoint, config=dict(model.configs["vae"]))
    assert_same(vae, model.values("vae"))


@pytest.mark.parametrize("architecture", ["sd1", "sdxl"])
def test_diffusers_finds_each_number_of_clip_in_an_original_file(architecture: str) -> None:
    from diffusers.loaders import single_file_utils as diffusers

    model = tiny(architecture)
    found = diffusers.convert_ldm_clip_checkpoint(checkpoint_of(model))
    assert found.pop("text_model.embeddings.position_ids").tolist() == [list(range(77))]
    assert_same(found, model.values("text_encoder"))


@pytest.mark.parametrize("architecture", OPEN_CLIP)
def test_diffusers_finds_each_number_of_open_clip_in_an_original_file(architecture: str) -> None:
    from diffusers.loaders import single_file_utils as diffusers
    from transformers import CLIPTextConfig, CLIPTextModelWithProjection

    part, prefix = OPEN_CLIP[architecture]
    model = tiny(architecture)
    encoder = CLIPTextModelWithProjection(CLIPTextConfig(**model.configs[part]))  # asked for its width only
    found = diffusers.convert_open_clip_checkpoint(encoder, checkpoint_of(model), prefix=prefix)
    if part == "text_encoder":
        # diffusers knows the layer that SD 2.x does not use by its number, which is that of the real size: 23.
        found = {name: value for name, value in found.items() if ".layers.2." not in name}
    assert_same(found, model.values(part))


@pytest.mark.parametrize("architecture", ["sd2", "sd-x4-upscaler"])
def test_an_original_file_has_one_layer_more_than_the_encoder_that_takes_the_penultimate(architecture: str) -> None:
    model = tiny(architecture)
    keys = original_tensors(model)
    layers = {int(key.split(".resblocks.")[1].split(".")[0]) for key in keys if ".resblocks." in key}
    assert layers == {0, 1, 2}
    assert model.configs["text_encoder"]["num_hidden_layers"] == 2
    last = {key for key in keys if ".resblocks.2." in key}
    assert {key.replace(".2.", ".0.") for key in last} == {key for key in keys if ".resblocks.0." in key}


@pytest.mark.parametrize("architecture", REAL_SIZES)
def test_diffusers_key_functions_know_each_key_of_the_real_size(architecture: str) -> None:
    import torch
    from diffusers.loaders import single_file_utils as diffusers

    model = full(architecture)
    shapes = {key: tensor.shape for key, tensor in original_tensors(model).items()}
    checkpoint = {key: torch.empty(shape, device="meta") for key, shape in shapes.items()}
    unet = diffusers.convert_ldm_unet_checkpoint(dict(checkpoint), config=dict(model.configs["unet"]))
    vae = diffusers.convert_ldm_vae_checkpoint(dict(checkpoint), config=dict(model.configs["vae"]))
    for part, found in (("unet", unet), ("vae", vae)):
        assert {name: tuple(tensor.shape) for name, tensor in found.items()} == model.shapes(part)


def test_diffusers_drops_the_last_layer_of_the_real_size_of_stable_diffusion_2() -> None:
    import torch
    from diffusers.loaders import single_file_utils as diffusers

    model = full("sd2")
    tensors = {key: value for key, value in original_tensors(model).items() if key.startswith("cond_stage_model")}
    checkpoint = {key: torch.empty(tensor.shape, device="meta") for key, tensor in tensors.items()}
    found = diffusers.convert_open_clip_checkpoint(
        None, checkpoint
    )  # it asks for an encoder where a file lacks a width
    assert {name: tuple(tensor.shape) for name, tensor in found.items()} == model.shapes("text_encoder")


@pytest.mark.parametrize(
    ("architecture", "keys"),
    # v2-1_768-ema-pruned and sd_xl_base_1.0, UNet, VAE, text encoders with their leftovers.
    [("sd2", (686, 248, 294)), ("sdxl", (1680, 248, 197 + 390))],
)
def test_the_real_size_has_the_key_counts_of_the_published_file(architecture: str, keys: tuple[int, ...]) -> None:
    found = original_tensors(full(architecture))
    beginnings = ("model.diffusion_model.", "first_stage_model.", ("cond_stage_model.", "conditioner."))
    assert tuple(sum(key.startswith(beginning) for key in found) for beginning in beginnings) == keys


@pytest.mark.parametrize(
    ("architecture", "scheduler", "prefix"),
    [
        ("sd1", "scheduler", ""),
        ("sd2", "scheduler", ""),
        ("sd-x4-upscaler", "scheduler", ""),
        ("sd-x4-upscaler", "low_res_scheduler", "low_scale_model."),
    ],
)
def test_the_noise_schedule_of_an_original_file_is_that_of_the_scheduler(
    architecture: str, scheduler: str, prefix: str
) -> None:
    import diffusers

    model = tiny(architecture)
    config = dict(model.schedulers[scheduler])
    expected = getattr(diffusers, config["_class_name"]).from_config(config).alphas_cumprod
    found = original_tensors(model)[f"{prefix}alphas_cumprod"].array()
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-4)


@pytest.mark.parametrize(
    ("architecture", "key", "shape"),
    [
        ("sd2", "cond_stage_model.model.transformer.resblocks.23.attn.in_proj_weight", (3072, 1024)),
        ("sd2", "cond_stage_model.model.text_projection", (1024, 1024)),
        ("sd2", "cond_stage_model.model.positional_embedding", (77, 1024)),
        ("sd2", "cond_stage_model.model.logit_scale", ()),
        ("sd2", "model.diffusion_model.input_blocks.1.1.proj_in.weight", (320, 320)),
        ("sd-x4-upscaler", "model.diffusion_model.label_emb.weight", (1000, 1024)),
        ("sd-x4-upscaler", "model.diffusion_model.input_blocks.0.0.weight", (256, 7, 3, 3)),
        ("sd-x4-upscaler", "model.diffusion_model.input_blocks.10.0.skip_connection.bias", (1024,)),
        ("sd-x4-upscaler", "low_scale_model.betas", (1000,)),
        ("sdxl", "model.diffusion_model.label_emb.0.0.weight", (1280, 2816)),
        ("sdxl", "model.diffusion_model.middle_block.1.transformer_blocks.9.attn2.to_k.weight", (1280, 2048)),
        ("sdxl", "model.diffusion_model.output_blocks.2.2.conv.weight", (1280, 1280, 3, 3)),
        ("sdxl", "conditioner.embedders.1.model.transformer.resblocks.31.mlp.c_proj.bias", (1280,)),
        ("sdxl", "conditioner.embedders.0.transformer.text_model.embeddings.position_ids", (1, 77)),
        ("sdxl-refiner", "model.diffusion_model.label_emb.0.0.weight", (1536, 2560)),
        ("sdxl-refiner", "model.diffusion_model.output_blocks.2.1.conv.weight", (1536, 1536, 3, 3)),
        ("sdxl-refiner", "model.diffusion_model.middle_block.1.transformer_blocks.3.attn2.to_k.weight", (1536, 1280)),
        ("sdxl-refiner", "conditioner.embedders.0.model.text_projection", (1280, 1280)),
    ],
)
def test_the_real_size_has_known_keys(architecture: str, key: str, shape: tuple[int, ...]) -> None:
    assert original_tensors(full(architecture))[key].shape == shape


@pytest.mark.parametrize("prefix", ["control_model.", ""])
@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_diffusers_finds_each_number_of_a_controlnet_in_either_layout(tmp_path: Any, family: str, prefix: str) -> None:
    from diffusers import ControlNetModel
    from diffusers.loaders import single_file_utils as diffusers
    from safetensors.torch import load_file

    model = tiny_controlnet(family, seed=3)
    expected = {name: tensor.array() for name, tensor in model.tensors().items()}
    checkpoint = load_file(write_controlnet_original(model, tmp_path / "x.safetensors", prefix))
    found = diffusers.convert_controlnet_checkpoint(dict(checkpoint), dict(model.config))
    forgotten = TEXT_TIME & expected.keys()
    table = controlnet_table(model.config)
    assert_same(found | {name: checkpoint[prefix + original_key(name, table)] for name in forgotten}, expected)
    folder = write_controlnet_diffusers(model, tmp_path / "folder")
    loaded, info = ControlNetModel.from_pretrained(folder, local_files_only=True, output_loading_info=True)
    assert not any(info.values()), info
    assert_same(loaded.state_dict(), expected)


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_diffusers_knows_each_key_of_a_controlnet_of_the_real_size(family: str) -> None:
    import torch
    from diffusers.loaders import single_file_utils as diffusers

    model = full_controlnet(family)
    table = controlnet_table(model.config)
    keys = {original_key(name, table): torch.empty(shape, device="meta") for name, shape in model.shapes().items()}
    found = diffusers.convert_controlnet_checkpoint(keys, dict(model.config))
    assert found.keys() | (TEXT_TIME & model.shapes().keys()) == model.shapes().keys()
    assert all(tuple(tensor.shape) == model.shapes()[name] for name, tensor in found.items())


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_every_field_of_a_controlnets_config_is_known_to_its_class(family: str) -> None:
    import inspect

    from diffusers import ControlNetModel

    known = inspect.signature(ControlNetModel.__init__).parameters
    assert full_controlnet(family).config.keys() - known.keys() == {"_class_name"}


def test_the_zero_convolutions_of_a_controlnet_are_not_zero() -> None:
    tensors = tiny_controlnet("sd1").tensors()
    zeros = [name for name in tensors if name.startswith(("controlnet_down_blocks", "controlnet_mid_block"))]
    assert len(zeros) == 2 * 5
    assert all(np.abs(tensors[name].array()).min() > 0 for name in zeros)
