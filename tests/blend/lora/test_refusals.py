"""What is no LoRA for this model is refused, with the keys and the likely cause."""

from collections.abc import Mapping

import numpy as np
import pytest

from converter.blend import BlendError
from converter.blend.lora import Dialect, Hints, LoraHeader, Targets, describe_lora, read_lora
from tests.support.lora_files.in_memory import Shapes, header_of, in_memory
from tests.support.lora_files.tiny_models import shared_model

Shape = tuple[int, ...]
ATTENTION = "down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k"
CROSS = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k"
SD1 = Targets(
    "Stable Diffusion 1.x",
    {
        "unet": {f"{CROSS}.weight": (320, 768)},
        "text_encoder": {"text_model.encoder.layers.0.mlp.fc1.weight": (3072, 768)},
    },
)
SDXL = Targets(
    "Stable Diffusion XL",
    {
        "unet": {"down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight": (640, 2048)},
        "text_encoder": {"text_model.encoder.layers.0.mlp.fc1.weight": (3072, 768)},
        "text_encoder_2": {"text_model.encoder.layers.0.mlp.fc1.weight": (5120, 1280)},
    },
)


def pair(name: str, out: int, channels: int) -> dict[str, Shape]:
    return {f"{name}.lora_up.weight": (out, 4), f"{name}.lora_down.weight": (4, channels), f"{name}.alpha": ()}


def refusal(header: LoraHeader, targets: Targets, hints: Hints | None = None) -> str:
    with pytest.raises(BlendError) as caught:
        describe_lora(header, targets, hints)
    assert str(caught.value).startswith("lora.safetensors: ")
    return str(caught.value)


@pytest.mark.parametrize(
    ("shapes", "metadata", "made_for"),
    [
        (pair(f"lora_unet_{ATTENTION}", 320, 1024), {}, "Stable Diffusion 2.x"),
        (pair(f"lora_unet_{ATTENTION}", 640, 2048), {}, "Stable Diffusion XL"),
        (pair("lora_te2_text_model_encoder_layers_0_mlp_fc1", 5120, 1280), {}, "Stable Diffusion XL"),
        (
            pair("lora_unet_input_blocks_7_1_transformer_blocks_9_attn1_to_q", 1280, 1280),
            {},
            "Stable Diffusion XL",
        ),
        (pair("lora_unet_double_blocks_0_img_attn_qkv", 9216, 3072), {}, "Flux"),
        (pair("lora_unet_joint_blocks_0_x_block_attn_qkv", 4608, 1536), {}, "Stable Diffusion 3"),
        (pair("lora_unet_elsewhere", 4, 4), {"ss_base_model_version": "sdxl_base_v1-0"}, "Stable Diffusion XL"),
        (pair("lora_unet_elsewhere", 4, 4), {"ss_base_model_version": "sd_v2"}, "Stable Diffusion 2.x"),
        (
            pair("lora_unet_elsewhere", 4, 4),
            {"modelspec.architecture": "stable-diffusion-xl-v1-base/lora"},
            "Stable Diffusion XL",
        ),
    ],
)
def test_the_model_that_it_was_made_for_is_named(
    shapes: Mapping[str, Shape], metadata: Mapping[str, str], made_for: str
) -> None:
    message = refusal(header_of(shapes, metadata), SD1)

    assert f"It was made for {made_for}, this model is Stable Diffusion 1.x" in message


def test_a_lora_for_stable_diffusion_1_is_refused_by_an_sdxl_model() -> None:
    message = refusal(header_of(pair(f"lora_unet_{ATTENTION}", 320, 768)), SDXL)

    assert "3 keys for which the model has no layer" in message
    assert "It was made for Stable Diffusion 1.x, this model is Stable Diffusion XL" in message


def test_without_a_sign_of_another_model_no_model_is_named() -> None:
    message = refusal(header_of(pair("lora_unet_elsewhere", 4, 4)), SD1)

    assert (
        "It was made for another model than this Stable Diffusion 1.x, by a newer script, or it is damaged" in message
    )


def test_the_first_ten_keys_are_shown_and_the_rest_is_counted() -> None:
    shapes = {key: shape for number in range(4) for key, shape in pair(f"lora_unet_x{number}", 4, 4).items()}

    message = refusal(header_of(shapes), SD1)

    assert message.startswith("lora.safetensors: 12 keys for which the model has no layer: lora_unet_x0.alpha, ")
    assert "lora_unet_x3.alpha and 2 more" in message


@pytest.mark.parametrize(
    "shapes",
    [
        {"model.diffusion_model.input_blocks.0.0.weight": (320, 4, 3, 3), "alphas_cumprod": (1000,)},
        {"emb_params": (8, 768)},
        {"unet.conv_in.weight": (320, 4, 3, 3), "unet.conv_in.bias": (320,)},
        {},
    ],
)
def test_a_file_that_is_no_lora_is_refused_as_that(shapes: Mapping[str, Shape]) -> None:
    message = refusal(header_of(shapes), SD1)

    assert f"this is no LoRA: {len(shapes)} tensors" in message


@pytest.mark.parametrize("end", ["oft_diag", "lora_A.bias", "hada_w3_a", "lora_up", "lokr_t1"])
def test_an_unknown_algorithm_is_refused_by_its_key(end: str) -> None:
    key = f"lora_unet_{ATTENTION}.{end}"

    message = refusal(header_of({**pair(f"lora_unet_{ATTENTION}", 320, 768), key: (4, 4)}), SD1)

    assert f"1 key of an unknown algorithm: {key}" in message


def test_two_keys_for_one_tensor_are_refused() -> None:
    original = "lora_unet_input_blocks_1_1_transformer_blocks_0_attn2_to_k"
    shapes = {**pair(f"lora_unet_{ATTENTION}", 320, 768), f"{original}.lora_up.weight": (320, 4)}

    message = refusal(header_of(shapes), SD1)

    both = f"lora_unet_{ATTENTION}.lora_up.weight and {original}.lora_up.weight"
    assert f"1 pair of keys for the same place: {both}" in message


def test_two_algorithms_for_one_layer_are_refused() -> None:
    shapes = {**pair(f"lora_unet_{ATTENTION}", 320, 768), f"lora_unet_{ATTENTION}.diff": (320, 768)}

    message = refusal(header_of(shapes), SD1)

    assert "(LoRA and full difference for " in message


def test_a_name_that_means_a_layer_of_each_text_encoder_is_refused() -> None:
    key = "encoder.layers.0.mlp.fc1.lora_A.weight"

    message = refusal(header_of({key: (4, 768)}), SDXL)

    assert f"1 key without the part of the model, of which several have such a layer: {key}" in message


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lora_up.weight": (320, 5)}, "[320, 5], expected [320, 4]"),
        ({"lora_down.weight": (4, 767)}, "[4, 767], expected [4, 768]"),
        ({"lora_down.weight": (0, 768)}, "[0, 768], expected a rank of at least 1"),
        ({"lora_down.weight": ()}, "[], expected a rank of at least 1"),
        ({"alpha": (2,)}, "[2], expected one number"),
        ({"dora_scale": (320,)}, "[320], expected [320, 1] or [1, 768]"),
        ({"diff_b": (320,)}, "[320], expected a layer with a bias"),
    ],
)
def test_a_wrong_shape_is_told_with_the_right_one(changes: Mapping[str, Shape], words: str) -> None:
    name = f"lora_unet_{ATTENTION}"
    shapes = pair(name, 320, 768) | {f"{name}.{end}": shape for end, shape in changes.items()}

    message = refusal(header_of(shapes), SD1)

    assert f"{name}.{next(iter(changes))} is {words}" in message


def test_whole_numbers_are_no_factors() -> None:
    header = LoraHeader("lora.safetensors", Shapes(pair(f"lora_unet_{ATTENTION}", 320, 768), "I32"))

    message = refusal(header, SD1)

    assert f"lora_unet_{ATTENTION}.lora_up.weight is I32, expected floating-point numbers" in message
    assert "alpha is I32" not in message


def test_another_dialect_than_the_entry_names_is_refused() -> None:
    header = header_of(pair(f"lora_unet_{ATTENTION}", 320, 768))

    message = refusal(header, SD1, Hints(dialect=Dialect.CLONEOFSIMO))

    assert "its keys are those of sd-scripts, expected cloneofsimo as the entry says" in message
    assert describe_lora(header, SD1, Hints(dialect=Dialect.SD_SCRIPTS)).dialects == (Dialect.SD_SCRIPTS,)


def test_an_alpha_that_is_no_number_is_refused_when_the_file_is_read() -> None:
    model = shared_model("sd1")
    name = "lora_te_text_model_encoder_layers_0_mlp_fc1"
    tensors = {
        f"{name}.lora_up.weight": np.ones((80, 1), np.float32),
        f"{name}.lora_down.weight": np.ones((1, 48), np.float32),
    }

    with pytest.raises(BlendError, match=rf"tensor '{name}\.alpha' .* holds NaN"):
        read_lora(in_memory({**tensors, f"{name}.alpha": np.array(np.nan, np.float32)}), model.targets)
