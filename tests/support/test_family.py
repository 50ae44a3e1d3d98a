"""The tiny models of the family are real ones: diffusers' pipelines load their folders, and their numbers are sound."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.torch import load_file

from tests.support.family import (
    ARCHITECTURES,
    FamilyModel,
    full,
    markers,
    original_tensors,
    tiny,
    write_diffusers,
    write_original,
    write_sparse,
    write_vae_diffusers,
    write_vae_original,
)
from tests.support.family.torch_shapes import build
from tests.support.fixtures_family import FamilyFiles

Array = np.ndarray[Any, Any]
UNET_KEY = "model.diffusion_model.out.2.weight"


def assert_same(found: Mapping[str, Any], expected: Mapping[str, Array]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name].numpy(), array, err_msg=name)


def names_in(path: Path) -> set[str]:
    with safe_open(path, "np") as file:
        return set(file.keys())


def parameters(module: Any) -> dict[str, Any]:
    """A module's parameters with the names of the files on the Hub."""
    flat = type(module).__name__ == "CLIPTextModel"
    return {f"text_model.{name}" if flat else name: tensor for name, tensor in module.state_dict().items()}


def module_of(model: FamilyModel, part: str) -> Any:
    """A part as torch runs it, with the model's numbers."""
    import torch

    module = build(model.class_name(part), model.configs[part])
    values = {name: torch.from_numpy(value) for name, value in model.values(part).items()}
    if model.class_name(part) == "CLIPTextModel":
        values = {name.removeprefix("text_model."): value for name, value in values.items()}
    module.load_state_dict(values)
    return module.eval()


# diffusers makes an array of a tensor in the way of numpy 1, in its ancestral scheduler.
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_real_pipeline_loads_each_number_of_a_folder(family_files: FamilyFiles, architecture: str) -> None:
    import diffusers

    model, folder = tiny(architecture), family_files.model(architecture, "diffusers")
    pipeline = getattr(diffusers, model.pipeline).from_pretrained(folder, local_files_only=True)
    for part in model.configs:
        name = "model" if part.startswith("text_encoder") else "diffusion_pytorch_model"
        assert names_in(folder / part / f"{name}.safetensors") == model.shapes(part).keys()
        assert_same(parameters(getattr(pipeline, part)), model.values(part))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_field_of_a_config_is_known_to_its_class(architecture: str) -> None:
    import inspect

    import diffusers

    model = full(architecture)
    configs = {**model.configs, **model.schedulers}
    for part in (part for part in configs if not part.startswith("text_encoder")):
        known = inspect.signature(getattr(diffusers, configs[part]["_class_name"]).__init__).parameters
        # Schedulers keep fields of the class that their repository was first published with.
        extra = {"clip_sample", "set_alpha_to_one", "skip_prk_steps", "interpolation_type", "sample_max_value"}
        extra |= {"_class_name", "steps_offset"}
        unknown = configs[part].keys() - known.keys() - (extra if part in model.schedulers else {"_class_name"})
        assert not unknown, part


@pytest.mark.parametrize("architecture", ["sd2", "sdxl", "sdxl-refiner"])
def test_the_tokenizer_of_an_open_clip_encoder_pads_with_id_0(tmp_path: Path, architecture: str) -> None:
    from transformers import CLIPTokenizer

    model = tiny(architecture)
    folder = write_diffusers(model, tmp_path / "folder", form="sparse")
    name = "tokenizer" if architecture == "sd2" else "tokenizer_2"
    padded = CLIPTokenizer.from_pretrained(folder / name)("cat", padding="max_length", max_length=5).input_ids
    assert padded == [49406, 2368, 49407, 0, 0]


def test_the_tokenizer_of_openais_clip_pads_with_the_end_token(tmp_path: Path) -> None:
    from transformers import CLIPTokenizer

    folder = write_diffusers(tiny("sdxl"), tmp_path / "folder", form="sparse")
    padded = CLIPTokenizer.from_pretrained(folder / "tokenizer")("cat", padding="max_length", max_length=5).input_ids
    assert padded == [49406, 2368, 49407, 49407, 49407]


def unet_inputs(model: FamilyModel) -> dict[str, Any]:
    """What the UNet of an architecture wants, of unit size."""
    import torch

    torch.manual_seed(0)
    config = model.configs["unet"]
    inputs: dict[str, Any] = {
        "sample": torch.randn(1, config["in_channels"], 16, 16),
        "timestep": torch.tensor(500),
        "encoder_hidden_states": torch.randn(1, 77, config["cross_attention_dim"]),
    }
    if config.get("num_class_embeds"):
        inputs["class_labels"] = torch.tensor([20])
    if config.get("time_cond_proj_dim"):
        inputs["timestep_cond"] = torch.randn(1, config["time_cond_proj_dim"])
    if "text_encoder_2" in model.configs:
        pooled = model.configs["text_encoder_2"]["projection_dim"]
        numbers = 5 if model.architecture == "sdxl-refiner" else 6
        conditions = {"text_embeds": torch.randn(1, pooled), "time_ids": torch.full((1, numbers), 1024.0)}
        inputs["added_cond_kwargs"] = conditions
    return inputs


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_the_unet_predicts_is_near_unit_size_and_depends_on_each_input(architecture: str) -> None:
    import torch

    model = tiny(architecture)
    unet, inputs = module_of(model, "unet"), unet_inputs(model)
    flat = {name: value for name, value in inputs.items() if name != "added_cond_kwargs"}
    flat |= inputs.get("added_cond_kwargs", {})
    with torch.inference_mode():
        before = unet(**inputs).sample
        assert 0.3 < float(before.std()) < 3
        for name, value in flat.items():
            other = torch.flip(value, (-1,)) if value.ndim > 1 and name != "time_ids" else value // 2
            added = {**inputs.get("added_cond_kwargs", {}), name: other}
            changed = {**inputs, name: other} if name in inputs else {**inputs, "added_cond_kwargs": added}
            assert float((unet(**changed).sample - before).abs().max()) > 1e-3, name


@pytest.mark.parametrize("architecture", ["sd1", "sd2", "sd-x4-upscaler", "sdxl"])
def test_what_the_other_parts_give_is_near_unit_size(architecture: str) -> None:
    import torch

    model = tiny(architecture)
    vae = module_of(model, "vae")
    ids = torch.tensor([[49406, 320, 1125, 539, 320, 2368, 49407]])
    with torch.inference_mode():
        image = vae.decode(torch.randn(1, 4, 8, 8)).sample
        outputs = [image, vae.encode(image).latent_dist.mean]
        outputs += [module_of(model, part)(ids)[0] for part in model.configs if part.startswith("text_encoder")]
    assert all(0.1 < float(output.std()) < 10 for output in outputs)


def test_the_upscaler_quadruples_and_has_a_scheduler_for_its_small_image() -> None:
    model = tiny("sd-x4-upscaler")
    assert 2 ** (len(model.configs["vae"]["block_out_channels"]) - 1) == 4
    assert model.configs["vae"]["scaling_factor"] == 0.08333
    assert model.schedulers["low_res_scheduler"]["_class_name"] == "DDPMScheduler"


@pytest.mark.parametrize("architecture", ["sdxl", "sdxl-refiner"])
@pytest.mark.parametrize("size", [tiny, full])
def test_the_added_embedding_is_as_wide_as_the_pooled_text_and_the_numbers(size: Any, architecture: str) -> None:
    configs = size(architecture).configs
    numbers = 6 if architecture == "sdxl" else 5
    width = configs["text_encoder_2"]["projection_dim"] + numbers * configs["unet"]["addition_time_embed_dim"]
    assert configs["unet"]["projection_class_embeddings_input_dim"] == width


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_heads_are_64_channels_wide_where_the_config_counts_them_a_block(architecture: str) -> None:
    for size in (tiny, full):
        unet = size(architecture).configs["unet"]
        if isinstance(unet["attention_head_dim"], list):
            assert [64 * heads for heads in unet["attention_head_dim"]] == unet["block_out_channels"]


def test_a_seed_always_gives_the_same_numbers_and_another_seed_other_ones() -> None:
    one, again, other = (tiny("sd1", seed).values("unet")["conv_in.weight"] for seed in (7, 7, 8))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_no_two_parameters_have_the_same_numbers() -> None:
    model = tiny("sdxl")
    values = [array.tobytes() for part in model.configs for array in model.values(part).values()]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_a_model_is_written_in_half_precision(tmp_path: Path, dtype: str) -> None:
    half = load_file(write_original(tiny("sd1", dtype=dtype), tmp_path / "half.safetensors"))
    cast = load_file(write_original(tiny("sd1"), tmp_path / "cast.safetensors", dtype=dtype))
    assert str(half[UNET_KEY].dtype) == str(cast[UNET_KEY].dtype) == f"torch.{dtype}"
    assert half[UNET_KEY].equal(cast[UNET_KEY])
    assert str(cast["cond_stage_model.transformer.text_model.embeddings.position_ids"].dtype) == "torch.int64"


def test_keys_are_renamed_left_out_and_added(tmp_path: Path) -> None:
    out = {UNET_KEY: "renamed", UNET_KEY.replace("weight", "bias"): None}
    path = write_original(
        tiny("sdxl"), tmp_path / "x.safetensors", rename=out, extra=markers("v_pred", "ztsnr"), dtype="float16"
    )
    tensors = load_file(path)
    assert tensors.keys() - original_tensors(tiny("sdxl")).keys() == {"renamed", "v_pred", "ztsnr"}
    assert not out.keys() & tensors.keys()
    assert tensors["v_pred"].numel() == tensors["ztsnr"].numel() == 0


def test_a_changed_parameter_has_the_given_value_in_both_layouts(tmp_path: Path) -> None:
    from dataclasses import replace

    value = np.full((4, 32, 3, 3), 9.0, np.float32)
    model = replace(tiny("sd1"), changed={("unet", "conv_out.weight"): value})
    unet = load_file(write_diffusers(model, tmp_path / "x") / "unet" / "diffusion_pytorch_model.safetensors")
    assert_same({"found": unet["conv_out.weight"]}, {"found": value})
    assert_same({"found": load_file(write_original(model, tmp_path / "x.safetensors"))[UNET_KEY]}, {"found": value})


def test_diffusers_loads_a_folder_of_bin_files(tmp_path: Path) -> None:
    from diffusers import StableDiffusionPipeline

    model = tiny("sd1")
    folder = write_diffusers(model, tmp_path / "folder", form="bin")
    assert not list(folder.rglob("*.safetensors"))
    pipeline = StableDiffusionPipeline.from_pretrained(folder, local_files_only=True, use_safetensors=False)
    assert_same(parameters(pipeline.text_encoder), model.values("text_encoder"))
    assert_same(parameters(pipeline.unet), model.values("unet"))


def test_a_sparse_file_has_the_real_shapes_and_takes_no_room(tmp_path: Path) -> None:
    model = full("sdxl-refiner", dtype="float16")
    tensors = original_tensors(model)
    path = write_sparse(tmp_path / "x.safetensors", tensors)
    with safe_open(path, "np") as file:
        assert {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()} == {  # noqa: SIM118
            name: tensor.shape for name, tensor in tensors.items()
        }
    assert path.stat().st_size > 6e9
    assert path.stat().st_blocks * 512 < 2e6


@pytest.mark.parametrize("prefix", ["", "first_stage_model."])
def test_diffusers_loads_a_vae_alone_from_either_layout(tmp_path: Path, prefix: str) -> None:
    from diffusers import AutoencoderKL
    from diffusers.loaders import single_file_utils as diffusers

    model = tiny("sd-x4-upscaler")
    original = load_file(write_vae_original(model, tmp_path / "vae.safetensors", prefix))
    assert all(key.startswith(prefix) for key in original)
    assert original[f"{prefix}decoder.mid.attn_1.q.weight"].ndim == 4
    assert_same(diffusers.convert_ldm_vae_checkpoint(original, dict(model.configs["vae"])), model.values("vae"))
    vae = AutoencoderKL.from_pretrained(write_vae_diffusers(model, tmp_path / "vae"), local_files_only=True)
    assert_same(vae.state_dict(), model.values("vae"))


@pytest.mark.parametrize("architecture", ["sdxl", "sdxl-refiner"])
def test_diffusers_loads_a_whole_single_file(tmp_path: Path, architecture: str) -> None:
    import diffusers

    model = tiny(architecture)
    path = write_original(model, tmp_path / "x.safetensors")
    folder = write_diffusers(model, tmp_path / "folder", form="sparse")
    pipeline = getattr(diffusers, model.pipeline).from_single_file(str(path), config=str(folder), local_files_only=True)
    for part in model.configs:
        assert_same(parameters(getattr(pipeline, part)), model.values(part))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_index_names_each_folder_and_nothing_else(tmp_path: Path, architecture: str) -> None:
    folder = write_diffusers(tiny(architecture), tmp_path / "folder", form="sparse")
    index = json.loads((folder / "model_index.json").read_text())
    named = {name for name, value in index.items() if isinstance(value, list) and value != [None, None]}
    assert named == {path.name for path in folder.iterdir() if path.is_dir()}
