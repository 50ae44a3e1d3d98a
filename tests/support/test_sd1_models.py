"""The models that other tests are made with are real ones: diffusers and transformers load them, in each layout."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from converter.models.configs import Part
from tests.support.sd1_models import Sd1, original_tensors, pico, sd15, write_checkpoint, write_folder

Array = np.ndarray[Any, Any]
PARTS: tuple[Part, ...] = ("text_encoder", "unet", "vae")


def values_of(model: Sd1, part: Part) -> dict[str, Array]:
    return {name: make() for name, make in model.tensors(part).items()}


def loaded(module: Any, prefix: str = "") -> dict[str, Array]:
    return {prefix + name: tensor.numpy() for name, tensor in module.state_dict().items()}


def assert_same(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    assert found.keys() == expected.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


@pytest.fixture(scope="module")
def from_single_file(pico_checkpoint: Path, pico_folder: Path) -> Any:
    """The checkpoint as diffusers reads it; configs come from the folder, never from the network."""
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline.from_single_file(
        str(pico_checkpoint), config=str(pico_folder), local_files_only=True, safety_checker=None
    )


@pytest.fixture(scope="module")
def from_pretrained(pico_folder: Path) -> Any:
    from diffusers import StableDiffusionPipeline

    return StableDiffusionPipeline.from_pretrained(pico_folder, local_files_only=True, safety_checker=None)


@pytest.mark.parametrize("pipeline", ["from_single_file", "from_pretrained"])
@pytest.mark.parametrize(("part", "prefix"), [("text_encoder", "text_model."), ("unet", ""), ("vae", "")])
def test_diffusers_reads_each_number_from_either_layout(
    request: pytest.FixtureRequest, pipeline: str, part: Part, prefix: str
) -> None:
    module = getattr(request.getfixturevalue(pipeline), part)
    assert_same(loaded(module, prefix), values_of(pico(), part))


def test_the_tokenizer_of_a_folder_splits_text_as_clip_does(from_pretrained: Any) -> None:
    assert from_pretrained.tokenizer("a photo of a cat").input_ids == [49406, 320, 1125, 539, 320, 2368, 49407]


def test_transformers_reads_a_text_encoder_without_its_prefix(tmp_path: Path) -> None:
    from transformers import CLIPTextModel

    folder = write_folder(pico(), tmp_path / "flat", flat_text_encoder=True)
    names = load_file(folder / "text_encoder" / "model.safetensors").keys()
    assert not [name for name in names if name.startswith("text_model.")]
    module = CLIPTextModel.from_pretrained(folder / "text_encoder", local_files_only=True)
    assert_same(loaded(module, "text_model."), values_of(pico(), "text_encoder"))


def test_diffusers_reads_a_vae_with_the_old_names_of_its_attention(tmp_path: Path) -> None:
    from diffusers import AutoencoderKL

    folder = write_folder(pico(), tmp_path / "old", old_attention=True)
    names = load_file(folder / "vae" / "diffusion_pytorch_model.safetensors").keys()
    assert "encoder.mid_block.attentions.0.proj_attn.weight" in names
    module = AutoencoderKL.from_pretrained(folder / "vae", local_files_only=True)
    assert_same(loaded(module), values_of(pico(), "vae"))


@pytest.fixture(scope="module")
def real_shapes() -> Mapping[str, tuple[int, ...]]:
    """Key to shape of an original checkpoint of Stable Diffusion 1.5."""
    return original_tensors(sd15())[1]


def test_diffusers_key_functions_know_each_key_of_the_real_size(real_shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Names of four levels with two layers each, which the smallest model does not have."""
    import torch
    from diffusers.loaders import single_file_utils as diffusers

    model = sd15()
    checkpoint = {name: torch.empty(shape, device="meta") for name, shape in real_shapes.items()}
    unet = diffusers.convert_ldm_unet_checkpoint(dict(checkpoint), config=dict(model.configs["unet"]))
    vae = diffusers.convert_ldm_vae_checkpoint(dict(checkpoint), config=dict(model.configs["vae"]))
    found = {"unet": unet, "vae": vae}
    for part in PARTS[1:]:
        assert {name: tuple(tensor.shape) for name, tensor in found[part].items()} == model.shapes(part)


def test_the_real_size_has_the_key_counts_of_stable_diffusion_1_5(real_shapes: Mapping[str, tuple[int, ...]]) -> None:
    # v1-5-pruned.safetensors: 686 of the UNet, 248 of the VAE, 197 of CLIP (with position_ids).
    beginnings = ("model.diffusion_model.", "first_stage_model.", "cond_stage_model.")
    assert [sum(name.startswith(beginning) for name in real_shapes) for beginning in beginnings] == [686, 248, 197]


@pytest.mark.parametrize(
    ("key", "shape"),
    [
        ("model.diffusion_model.input_blocks.0.0.weight", (320, 4, 3, 3)),
        ("model.diffusion_model.input_blocks.3.0.op.weight", (320, 320, 3, 3)),
        ("model.diffusion_model.input_blocks.4.1.proj_in.weight", (640, 640, 1, 1)),
        ("model.diffusion_model.middle_block.1.transformer_blocks.0.attn2.to_k.weight", (1280, 768)),
        ("model.diffusion_model.output_blocks.2.1.conv.weight", (1280, 1280, 3, 3)),
        ("model.diffusion_model.output_blocks.5.2.conv.weight", (1280, 1280, 3, 3)),
        ("model.diffusion_model.output_blocks.11.0.skip_connection.weight", (320, 640, 1, 1)),
        ("model.diffusion_model.time_embed.2.bias", (1280,)),
        ("first_stage_model.encoder.down.2.downsample.conv.weight", (512, 512, 3, 3)),
        ("first_stage_model.decoder.up.0.block.0.nin_shortcut.weight", (128, 256, 1, 1)),
        ("first_stage_model.decoder.mid.attn_1.proj_out.weight", (512, 512, 1, 1)),
        ("cond_stage_model.transformer.text_model.embeddings.position_ids", (1, 77)),
        ("cond_stage_model.transformer.text_model.encoder.layers.11.mlp.fc2.weight", (768, 3072)),
        ("alphas_cumprod", (1000,)),
    ],
)
def test_the_real_size_has_known_keys_of_stable_diffusion_1_5(
    real_shapes: Mapping[str, tuple[int, ...]], key: str, shape: tuple[int, ...]
) -> None:
    assert real_shapes[key] == shape


@pytest.mark.parametrize("part", PARTS)
def test_a_seed_always_gives_the_same_numbers(part: Part) -> None:
    assert_same(values_of(pico(7), part), values_of(pico(7), part))


def test_another_seed_gives_other_numbers() -> None:
    one, other = (values_of(pico(seed), "unet")["conv_in.weight"] for seed in (0, 1))
    assert not np.array_equal(one, other)


def test_no_two_parameters_have_the_same_numbers() -> None:
    values = [array.tobytes() for part in PARTS for array in values_of(pico(), part).values()]
    assert len(set(values)) == len(values)


def test_a_changed_parameter_has_the_given_value_in_both_layouts(tmp_path: Path) -> None:
    bias = np.full(32, 9.0, np.float32)
    model = pico(changed={"conv_in.bias": bias})
    checkpoint = load_file(write_checkpoint(model, tmp_path / "x.safetensors"))
    folder = write_folder(model, tmp_path / "folder")
    unet = load_file(folder / "unet" / "diffusion_pytorch_model.safetensors")
    np.testing.assert_array_equal(checkpoint["model.diffusion_model.input_blocks.0.0.bias"], bias)
    np.testing.assert_array_equal(unet["conv_in.bias"], bias)


def test_a_half_precision_model_is_written_in_half_precision(tmp_path: Path) -> None:
    tensors = load_file(write_checkpoint(pico(dtype="float16"), tmp_path / "x.safetensors"))
    assert tensors["model.diffusion_model.out.2.weight"].dtype == np.float16


def test_keys_are_renamed_left_out_and_added(tmp_path: Path) -> None:
    first, second = "model.diffusion_model.out.2.bias", "model.diffusion_model.out.2.weight"
    path = write_checkpoint(
        pico(), tmp_path / "x.safetensors", rename={first: "renamed", second: None}, extra={"more": np.zeros(2)}
    )
    tensors = load_file(path)
    assert "renamed" in tensors
    assert "more" in tensors
    assert not {first, second} & tensors.keys()
