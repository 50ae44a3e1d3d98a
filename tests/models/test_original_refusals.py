"""Original checkpoints that are refused: every defect of a key or a shape ends in a message about it."""

from pathlib import Path

import pytest

from converter.errors import ConverterError
from converter.models import KeyMaps, ModelError, open_model
from tests.support.original_shapes import Shapes, pico_shapes, write_zeros
from tests.support.shapes_files import fresh_key_maps, place_of

UNET = "model.diffusion_model."
VAE = "first_stage_model."
CLIP = "cond_stage_model.transformer.text_model."

TELLING = (
    f"{UNET}out.2.weight",
    f"{UNET}input_blocks.3.0.out_layers.3.weight",
    f"{UNET}input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight",
    f"{VAE}encoder.conv_in.weight",
    f"{VAE}decoder.conv_in.weight",
    f"{VAE}decoder.conv_out.weight",
    f"{CLIP}embeddings.token_embedding.weight",
    f"{CLIP}embeddings.position_embedding.weight",
    f"{CLIP}encoder.layers.0.mlp.fc1.weight",
)
"""Tensors whose shapes tell the topology; without the VAE's `decoder.conv_in` it is not recognised at all."""


def refusal(tmp_path: Path, key_maps: KeyMaps, shapes: Shapes) -> str:
    with pytest.raises(ModelError) as caught:
        open_model(write_zeros(tmp_path / "model.safetensors", shapes), key_maps)
    return str(caught.value)


def without(*keys: str) -> Shapes:
    return {key: shape for key, shape in pico_shapes().items() if key not in keys}


def test_an_unexpected_key_is_named(tmp_path: Path, key_maps: KeyMaps) -> None:
    message = refusal(tmp_path, key_maps, {**pico_shapes(), f"{UNET}extra.weight": (2,)})

    assert message.startswith(f"model.safetensors: 1 unexpected key: {UNET}extra.weight; expected only the parameters")
    assert "Was something merged into the file?" in message


def test_of_many_unexpected_keys_the_first_ten_are_named(tmp_path: Path, key_maps: KeyMaps) -> None:
    message = refusal(tmp_path, key_maps, {**pico_shapes(), **{f"x.{number:02}": (1,) for number in range(13)}})

    assert "13 unexpected keys: x.00, " in message
    assert "x.09 and 3 more; " in message
    assert "x.10" not in message


def test_a_misspelt_key_is_unexpected(tmp_path: Path, key_maps: KeyMaps) -> None:
    shapes = {**without(f"{VAE}quant_conv.bias"), f"{VAE}quant_conv.bais": (8,)}

    assert f"1 unexpected key: {VAE}quant_conv.bais;" in refusal(tmp_path, key_maps, shapes)


def test_averaged_weights_of_a_part_of_the_unet_are_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    copies: Shapes = {"model_ema.diffusion_modelout2bias": (4,)}

    message = refusal(tmp_path, key_maps, {**pico_shapes(), **copies})

    assert message.startswith("model.safetensors: weights without an average (")


@pytest.mark.parametrize("key", [key for key in TELLING if key != f"{VAE}decoder.conv_in.weight"])
def test_a_missing_parameter_that_tells_the_topology_is_named(tmp_path: Path, key_maps: KeyMaps, key: str) -> None:
    assert refusal(tmp_path, key_maps, without(key)) == (
        f"model.safetensors: missing parameter {key}; expected a whole checkpoint of Stable Diffusion"
    )


@pytest.mark.parametrize("key", TELLING)
@pytest.mark.parametrize("shape", [(), (0, 0), (3,), (2, 2, 2, 2, 2)])
def test_a_tensor_that_tells_the_topology_with_other_axes_is_refused(
    tmp_path: Path, key_maps: KeyMaps, key: str, shape: tuple[int, ...]
) -> None:
    message = refusal(tmp_path, key_maps, {**pico_shapes(), key: shape})

    assert message.startswith(f"model.safetensors: {key} has shape {shape}, expected ")
    assert "axes, none of them empty; the file is damaged or no checkpoint of Stable Diffusion" in message


@pytest.mark.parametrize(
    "key", ["model.diffusion_model.output_blocks.1.1.conv.bias", "first_stage_model.decoder.up.1.upsample.conv.bias"]
)
def test_a_missing_bias_of_an_upsampler_is_named(tmp_path: Path, key_maps: KeyMaps, key: str) -> None:
    # diffusers looks it up without asking whether it is there.
    message = refusal(tmp_path, key_maps, without(key))

    assert message.startswith("model.safetensors: missing parameter that ends in ")
    assert ".".join(key.split(".")[-4:]) in message


def test_a_vae_attention_that_is_no_1x1_convolution_is_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    key = f"{VAE}encoder.mid.attn_1.q.weight"

    assert refusal(tmp_path, key_maps, {**pico_shapes(), key: (64, 64, 3, 3)}) == (
        f"model.safetensors: {key} has shape (64, 64, 3, 3), expected a linear layer or a 1x1 convolution: "
        "(out, in[, 1[, 1]])"
    )


@pytest.mark.parametrize("channels", [7, 5, 3])
def test_a_unet_of_other_channels_is_refused_by_what_it_may_be(
    tmp_path: Path, key_maps: KeyMaps, channels: int
) -> None:
    message = refusal(tmp_path, key_maps, {**pico_shapes(), f"{UNET}input_blocks.0.0.weight": (32, channels, 3, 3)})

    assert message == (
        f"model.safetensors: the UNet of Stable Diffusion 1.x takes {channels} channels, expected 4 or 8 or 9; 5 would "
        "be depth-to-image, which is not built"
    )


def test_linear_projections_beside_the_text_encoder_of_1_are_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    message = refusal(tmp_path, key_maps, {**pico_shapes(), f"{UNET}input_blocks.1.1.proj_in.weight": (32, 32)})

    assert "the UNet's attention has linear projections, expected convolutions as in Stable Diffusion 1.x" in message
    assert "which its text encoder is of: these are parts of two models" in message


def test_a_text_encoder_whose_width_is_no_number_of_heads_is_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    message = refusal(tmp_path, key_maps, {**pico_shapes(), f"{CLIP}embeddings.token_embedding.weight": (100, 96)})

    assert "the text encoder is 96 wide, expected a multiple of 64 (CLIP's head width)" in message


def test_blocks_of_unequal_length_are_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    message = refusal(tmp_path, key_maps, {**pico_shapes(), f"{UNET}input_blocks.4.0.in_layers.0.weight": (64,)})

    assert "the UNet has [1, 2] layers a block, expected one number" in message


def test_a_unet_without_attention_is_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    attention = [key for key in pico_shapes() if key.startswith(f"{UNET}input_blocks.1.1.")]

    assert "the UNet attends to no text" in refusal(tmp_path, key_maps, without(*attention))


def test_a_checkpoint_that_is_refused_is_left_without_an_open_file(tmp_path: Path, key_maps: KeyMaps) -> None:
    path = write_zeros(tmp_path / "model.safetensors", {**pico_shapes(), "x": (1,)})

    with pytest.raises(ModelError) as caught:
        open_model(path, key_maps)

    assert str(path) not in Path("/proc/self/maps").read_text("utf-8")
    del caught  # until here its frames would hold what was not closed


def is_refused(shapes: Shapes) -> bool:
    """Whether something is wrong with such a checkpoint, as far as it shows before a graph is bound."""
    try:
        open_model(place_of(shapes), fresh_key_maps())
    except ConverterError:
        return True
    return False


@pytest.mark.slow
def test_no_missing_key_ends_in_an_error_of_another_kind() -> None:
    assert not is_refused(pico_shapes())
    assert sum(is_refused(without(key)) for key in pico_shapes()) >= len(TELLING)


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(), (0,), (3,), (5, 7), (2, 3, 3), (0, 1, 1, 1), (3, 3, 3, 3)])
def test_no_shape_of_any_key_ends_in_an_error_of_another_kind(shape: tuple[int, ...]) -> None:
    assert sum(is_refused({**pico_shapes(), key: shape}) for key in pico_shapes()) > 0
