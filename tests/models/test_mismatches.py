"""Weights that do not fit their config, from the source to the message: nothing missing or reshaped passes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from converter.convert import convert_entry
from converter.graphs import GraphError
from converter.registry import DiffusionEntry, LocalSource
from converter.workshop import Workshop
from tests.support.model_folders import copy_folder, edit_json
from tests.support.original_shapes import Shapes, pico_shapes, write_zeros

UNET = "model.diffusion_model."
VAE = "first_stage_model."


def refusal(source: Path, workshop: Workshop) -> str:
    entry = DiffusionEntry(name="pico", source=LocalSource(str(source)))
    with pytest.raises(GraphError) as caught:
        convert_entry(entry, 1, workshop, parity=False)
    assert not workshop.build.exists() or list(workshop.build.iterdir()) == []
    return str(caught.value)


def refused_checkpoint(tmp_path: Path, workshop: Workshop, changes: Mapping[str, tuple[int, ...] | None]) -> str:
    shapes: Shapes = {key: shape for key, shape in pico_shapes().items() if key not in changes}
    shapes.update({key: shape for key, shape in changes.items() if shape is not None})
    return refusal(write_zeros(tmp_path / "model.safetensors", shapes), workshop)


@pytest.mark.parametrize(
    ("key", "parameter"),
    [
        (f"{UNET}time_embed.0.bias", "unet: 1 missing parameter: time_embedding.linear_1.bias. "),
        (f"{VAE}encoder.conv_in.bias", "vae_encoder: 1 missing parameter: encoder.conv_in.bias. "),
        (f"{VAE}post_quant_conv.bias", "vae_decoder: 1 missing parameter: post_quant_conv.bias. "),
        (
            "cond_stage_model.transformer.text_model.final_layer_norm.bias",
            "text_encoder: 1 missing parameter: text_model.final_layer_norm.bias. ",
        ),
    ],
)
def test_a_missing_parameter_is_named(tmp_path: Path, workshop: Workshop, key: str, parameter: str) -> None:
    message = refused_checkpoint(tmp_path, workshop, {key: None})

    assert message.startswith(parameter)
    assert "parameters of its config: use the file that belongs to this config" in message


@pytest.mark.parametrize(
    ("key", "shape", "words"),
    [
        (
            f"{UNET}time_embed.0.bias",
            (7,),
            "unet: 1 wrong shape: time_embedding.linear_1.bias has (7,), expected (128",
        ),
        (
            f"{UNET}middle_block.0.in_layers.2.weight",
            (64, 64),
            "mid_block.resnets.0.conv1.weight has (64, 64), expected",
        ),
        (f"{VAE}decoder.mid.attn_1.q.weight", (8, 64, 1, 1), "attentions.0.to_q.weight has (8, 64), expected (64, 64)"),
    ],
)
def test_a_wrong_shape_is_named_with_both(
    tmp_path: Path, workshop: Workshop, key: str, shape: tuple[int, ...], words: str
) -> None:
    assert words in refused_checkpoint(tmp_path, workshop, {key: shape})


def test_a_config_of_more_layers_than_the_weights_have_lists_what_is_missing(
    pico_folder: Path, tmp_path: Path, workshop: Workshop
) -> None:
    folder = copy_folder(pico_folder, tmp_path / "model")
    edit_json(folder / "text_encoder" / "config.json", {"num_hidden_layers": 1})

    message = refusal(folder, workshop)

    assert message.startswith("text_encoder: 16 unexpected keys: text_model.encoder.layers.1.layer_norm1.bias, ")
    assert " and 6 more. Expected exactly the 20 parameters of its config" in message


def test_an_unexpected_key_in_a_folder_is_named(pico_folder: Path, tmp_path: Path, workshop: Workshop) -> None:
    folder = copy_folder(pico_folder, tmp_path / "model")
    edit_json(folder / "text_encoder" / "config.json", {"vocab_size": 100})

    message = refusal(folder, replace(workshop, root=tmp_path))

    assert "text_model.embeddings.token_embedding.weight has (49408, 64), expected (100, 64)" in message
