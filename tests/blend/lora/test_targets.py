"""The layers of a model under the names that trainers give them."""

import pytest

from converter.blend import BlendError
from converter.blend.lora import Targets
from tests.support.lora_files.tiny_models import ARCHITECTURES, shared_model

BLOCK = "down_blocks.0.attentions.0.transformer_blocks.0"


def test_a_projection_has_its_own_name_the_original_one_and_those_of_the_old_processors() -> None:
    targets = Targets("a model", {"unet": {f"{BLOCK}.attn1.to_out.0.weight": (4, 4)}})

    assert set(targets.dotted["unet"]) == {
        f"{BLOCK}.attn1.to_out.0",
        f"{BLOCK}.attn1.to_out_lora",
        "input_blocks.1.1.transformer_blocks.0.attn1.to_out.0",
        "input_blocks.1.1.transformer_blocks.0.attn1.to_out_lora",
    }


def test_a_text_encoder_s_layer_is_found_with_and_without_text_model() -> None:
    targets = Targets("a model", {"text_encoder": {"text_model.encoder.layers.0.mlp.fc1.weight": (4, 4)}})

    assert set(targets.flat["text_encoder"]) == {"text_model_encoder_layers_0_mlp_fc1", "encoder_layers_0_mlp_fc1"}


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_no_two_layers_of_a_known_architecture_share_a_name(architecture: str) -> None:
    targets = shared_model(architecture).targets

    for part, layers in targets.layers.items():
        assert set(layers.values()) == set(targets.flat[part].values())


def test_two_layers_of_one_name_are_refused() -> None:
    targets = Targets("a model", {"unet": {"a.b.weight": (1, 1), "a_b.weight": (1, 1)}})

    with pytest.raises(BlendError, match=r"trainers call both a\.b and a_b of the unet 'a_b'"):
        _ = targets.flat
