"""Original checkpoints: the same model as the diffusers folder, found by keys and shapes alone."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from converter.models import KeyMaps, Part, open_model
from converter.models.configs import shipped
from converter.models.tokenizer import tokenizer_files
from tests.support.original_shapes import pico_shapes, three_blocks
from tests.support.sd1_models import pico, write_checkpoint

PARTS: tuple[Part, ...] = ("text_encoder", "unet", "vae")


@pytest.mark.parametrize("part", PARTS)
def test_every_parameter_is_that_of_the_folder(
    pico_folder: Path, pico_checkpoint: Path, key_maps: KeyMaps, part: Part
) -> None:
    with open_model(pico_folder, key_maps) as folder, open_model(pico_checkpoint, key_maps) as checkpoint:
        expected, found = folder.state_dicts[part], checkpoint.state_dicts[part]

        assert found.shapes == expected.shapes
        for name in expected.shapes:
            np.testing.assert_array_equal(found.read(name), expected.read(name), err_msg=name)


@pytest.mark.parametrize("part", PARTS)
def test_the_graph_config_is_that_of_the_folder(
    pico_folder: Path, pico_checkpoint: Path, key_maps: KeyMaps, part: Part
) -> None:
    with open_model(pico_folder, key_maps) as folder, open_model(pico_checkpoint, key_maps) as checkpoint:
        assert checkpoint.graph_configs[part] == folder.graph_configs[part]
        assert checkpoint.configs[part] == folder.configs[part]


def test_what_the_file_does_not_carry_ships_with_the_package(pico_checkpoint: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_checkpoint, key_maps) as model:
        assert model.schedulers["scheduler"] == shipped("sd1", "scheduler")
        assert model.tokenizers == {"tokenizer": tokenizer_files()}


def test_what_is_known_without_reading_a_tensor(pico_folder: Path, pico_checkpoint: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_folder, key_maps) as folder, open_model(pico_checkpoint, key_maps) as checkpoint:
        assert (checkpoint.architecture, checkpoint.layout) == ("sd1", "original")
        assert checkpoint.parameters == folder.parameters
        assert list(checkpoint.files) == [pico_checkpoint.name]
        assert checkpoint.dtypes == {"F32": len(pico_shapes()) - 2, "I32": 1, "I64": 1}


def test_leftovers_of_training_are_named_and_not_converted(pico_checkpoint: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_checkpoint, key_maps) as model:
        assert model.leftovers == (
            "alphas_cumprod",
            "cond_stage_model.transformer.text_model.embeddings.position_ids",
            "model_ema.num_updates",
        )


def test_every_other_key_is_used_exactly_once(pico_checkpoint: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_checkpoint, key_maps) as model:
        used = Counter(ref.key for part in PARTS for ref in model.state_dicts[part].refs.values())

    assert used == Counter(set(pico_shapes()) - set(model.leftovers))


def test_the_order_of_the_tensors_in_the_file_does_not_matter(
    pico_checkpoint: Path, key_maps: KeyMaps, tmp_path: Path
) -> None:
    backwards = {key: f"{key}" for key in reversed(pico_shapes())}
    other = write_checkpoint(pico(), tmp_path / "other.safetensors", rename=backwards)

    with open_model(pico_checkpoint, key_maps) as one, open_model(other, key_maps) as two:
        for part in PARTS:
            name = next(iter(one.state_dicts[part].refs))
            assert two.state_dicts[part].shapes == one.state_dicts[part].shapes
            np.testing.assert_array_equal(two.state_dicts[part].read(name), one.state_dicts[part].read(name))


def test_a_text_encoder_without_its_inner_prefix_is_the_same(
    pico_checkpoint: Path, key_maps: KeyMaps, tmp_path: Path
) -> None:
    inner = "cond_stage_model.transformer.text_model."
    flat = {key: key.replace("text_model.", "") for key in pico_shapes() if key.startswith(inner)}
    other = write_checkpoint(pico(), tmp_path / "flat.safetensors", rename=flat)

    with open_model(pico_checkpoint, key_maps) as one, open_model(other, key_maps) as two:
        assert two.state_dicts["text_encoder"].shapes == one.state_dicts["text_encoder"].shapes
        assert two.graph_configs == one.graph_configs


def test_attention_stored_as_a_convolution_is_read_as_the_linear_layer_it_is(
    pico_checkpoint: Path, key_maps: KeyMaps
) -> None:
    name = "encoder.mid_block.attentions.0.to_q.weight"

    with open_model(pico_checkpoint, key_maps) as model:
        ref = model.state_dicts["vae"].refs[name]

        assert ref.file.info(ref.key).shape == (64, 64, 1, 1)
        assert model.state_dicts["vae"].read(name).shape == (64, 64)


def test_a_larger_topology_has_all_its_parameters_too(key_maps: KeyMaps, tmp_path: Path) -> None:
    path = write_checkpoint(three_blocks(), tmp_path / "three.safetensors")

    with open_model(path, key_maps) as model:
        for part in PARTS:
            wanted = three_blocks().tensors(part)
            assert model.state_dicts[part].shapes == three_blocks().shapes(part)
            for name in ("up_blocks.0.resnets.2.conv2.bias", "decoder.up_blocks.0.resnets.1.conv1.weight"):
                if name in wanted:
                    np.testing.assert_array_equal(model.state_dicts[part].read(name), wanted[name]())
