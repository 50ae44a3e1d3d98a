"""The last layer of Stable Diffusion 2's text encoder, which the model does not use: some files have it."""

from pathlib import Path

import numpy as np
import pytest

from converter.models import KeyMaps, Said, open_model
from converter.registry import PredictionType
from tests.support.family import full, original_tensors, tiny, write_original, write_safetensors, write_sparse

PREFIX = "cond_stage_model.model."
LAST = f"{PREFIX}transformer.resblocks.2."
BEHIND = (f"{PREFIX}text_projection", f"{PREFIX}logit_scale")
SAID = Said(prediction_type=PredictionType("v_prediction"))


@pytest.mark.parametrize("architecture", ["sd2", "sd-x4-upscaler"])
def test_a_file_made_of_a_diffusers_folder_lacks_it_and_is_the_same_model(
    tmp_path: Path, key_maps: KeyMaps, architecture: str
) -> None:
    model = tiny(architecture)
    tensors = original_tensors(model)
    without = {key: t for key, t in tensors.items() if not key.startswith(LAST) and key not in BEHIND}
    assert len(tensors) - len(without) == 12 + 2
    short = write_safetensors(tmp_path / "short.safetensors", without)
    expected = model.values("text_encoder")
    with open_model(short, key_maps, SAID) as found:
        assert found.configs["text_encoder"]["num_hidden_layers"] == 2
        state = found.state_dicts["text_encoder"]
        assert state.shapes.keys() == expected.keys()
        for name, value in expected.items():
            np.testing.assert_array_equal(state.read(name), value, err_msg=name)


def test_the_file_with_it_has_the_same_layers(tmp_path: Path, key_maps: KeyMaps) -> None:
    with open_model(write_original(tiny("sd2"), tmp_path / "whole.safetensors"), key_maps, SAID) as found:
        assert found.configs["text_encoder"]["num_hidden_layers"] == 2
        assert sum(key.startswith(LAST) for key in found.leftovers) == 12


@pytest.mark.parametrize("left_out", [(), BEHIND, ("resblocks.23.",), (*BEHIND, "resblocks.23.")])
def test_at_the_real_size_the_model_has_23_layers_whatever_else_the_file_has(
    tmp_path: Path, key_maps: KeyMaps, left_out: tuple[str, ...]
) -> None:
    tensors = {k: t for k, t in original_tensors(full("sd2")).items() if not any(part in k for part in left_out)}
    with open_model(write_sparse(tmp_path / "real.safetensors", tensors), key_maps, SAID) as found:
        assert found.configs["text_encoder"]["num_hidden_layers"] == 23
