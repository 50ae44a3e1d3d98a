"""Another VAE in the place of a model's own: from every form, the same numbers; and none that does not fit."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.models import KeyMaps, Model, ModelError, open_model, with_vae
from converter.models.configs import graph_config
from tests.support.family import (
    FamilyModel,
    tiny,
    write_diffusers,
    write_original,
    write_safetensors,
    write_vae_diffusers,
    write_vae_original,
)
from tests.support.fixtures_family import FamilyFiles, original_shapes
from tests.support.model_folders import edit_json
from tests.support.shapes_files import fresh_key_maps, place_of
from tests.support.torch_files import safetensors_to_torch

OTHER = tiny("sd1", seed=5)
Write = Callable[[FamilyModel, Path], Path]
FORMS: dict[str, Write] = {
    "own folder": lambda model, folder: write_vae_diffusers(model, folder / "vae"),
    "pipeline folder": lambda model, folder: write_diffusers(model, folder / "pipeline"),
    "original file": lambda model, folder: write_vae_original(model, folder / "x.safetensors"),
    "original file with its prefix": lambda model, folder: write_vae_original(
        model, folder / "x.safetensors", "first_stage_model."
    ),
    "whole checkpoint": lambda model, folder: write_original(model, folder / "x.safetensors"),
    "file of diffusers": lambda model, folder: write_safetensors(folder / "x.safetensors", model.tensors("vae")),
    "torch file": lambda model, folder: safetensors_to_torch(
        write_vae_original(model, folder / "x.safetensors"), folder / "x.vae.pt", epoch=3
    ),
}


def written(form: str, model: FamilyModel, folder: Path) -> Path:
    """The VAE of a model in a form."""
    return FORMS[form](model, folder)


@pytest.fixture
def model(family_files: FamilyFiles, key_maps: KeyMaps) -> Iterator[Model]:
    with open_model(family_files.model("sd1", "diffusers"), key_maps) as opened:
        yield opened


@pytest.mark.parametrize("form", FORMS)
def test_a_vae_is_found_in_every_form_with_each_of_its_numbers(
    model: Model, key_maps: KeyMaps, tmp_path: Path, form: str
) -> None:
    changed, found = with_vae(model, written(form, OTHER, tmp_path), key_maps)

    values = OTHER.values("vae")
    assert changed.state_dicts["vae"].shapes == {name: array.shape for name, array in values.items()}
    for name, array in values.items():
        np.testing.assert_array_equal(changed.state_dicts["vae"].read(name), array, err_msg=name)
    found.close()


@pytest.mark.parametrize("form", FORMS)
def test_the_rest_of_the_model_stays_and_the_graphs_are_the_same(
    model: Model, key_maps: KeyMaps, tmp_path: Path, form: str
) -> None:
    changed, found = with_vae(model, written(form, OTHER, tmp_path), key_maps)

    assert changed.graph_configs == model.graph_configs
    assert changed.configs["vae"]["scaling_factor"] == model.configs["vae"]["scaling_factor"]
    assert {part: changed.state_dicts[part] for part in ("text_encoder", "unet")} == {
        part: model.state_dicts[part]
        for part in ("text_encoder", "unet")  # type: ignore[index]
    }
    assert changed.files == model.files
    found.close()


def test_what_lies_beside_the_vae_in_a_whole_checkpoint_is_left_over(
    model: Model, key_maps: KeyMaps, tmp_path: Path
) -> None:
    _, found = with_vae(model, written("whole checkpoint", OTHER, tmp_path), key_maps)

    used = {ref.key for ref in found.state.refs.values()}
    assert set(found.leftovers) == set(original_shapes("sd1")) - used
    found.close()


def test_the_model_stays_open_and_the_vae_is_closed_by_the_caller(
    model: Model, key_maps: KeyMaps, tmp_path: Path
) -> None:
    path = written("original file", OTHER, tmp_path)
    _, found = with_vae(model, path, key_maps)

    assert str(path) in Path("/proc/self/maps").read_text("utf-8")
    found.close()
    maps = Path("/proc/self/maps").read_text("utf-8")
    assert str(path) not in maps
    assert "sd1-diffusers/unet" in maps


@pytest.mark.parametrize("architecture", ["sd2", "sdxl", "sd-x4-upscaler"])
@pytest.mark.parametrize("form", ["own folder", "original file", "file of diffusers"])
def test_a_vae_of_each_family_keeps_the_scale_of_the_model(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path, architecture: str, form: str
) -> None:
    other = tiny(architecture, seed=5)
    with open_model(family_files.model(architecture, "diffusers"), key_maps) as model:
        changed, found = with_vae(model, written(form, other, tmp_path), key_maps)

        assert changed.configs["vae"]["scaling_factor"] == other.configs["vae"]["scaling_factor"]
        assert changed.graph_configs["vae"] == graph_config("vae", dict(other.configs["vae"]), "x")
        found.close()


def refused(model: Model, key_maps: KeyMaps, path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        with_vae(model, path, key_maps)
    assert str(path) not in Path("/proc/self/maps").read_text("utf-8") or path.is_dir()
    return str(caught.value)


def changed_vae(architecture: str = "sd1", **fields: Any) -> FamilyModel:
    """A model whose VAE has other fields."""
    model = tiny(architecture)
    return replace(model, configs={**model.configs, "vae": {**model.configs["vae"], **fields}})


@pytest.mark.parametrize("form", ["own folder", "original file", "file of diffusers"])
def test_latents_of_other_channels_are_refused_with_both(
    model: Model, key_maps: KeyMaps, tmp_path: Path, form: str
) -> None:
    path = written(form, changed_vae(latent_channels=8), tmp_path)

    assert refused(model, key_maps, path) == (
        f"{path.name}: the VAE has latent_channels 8, the model's own has 4; expected a VAE for this architecture, use "
        "another one"
    )


def test_a_folder_whose_latents_have_another_scale_is_refused_with_both(
    model: Model, key_maps: KeyMaps, tmp_path: Path
) -> None:
    path = written("own folder", tiny("sdxl"), tmp_path)

    assert "vae: the VAE has scaling_factor 0.13025, the model's own has 0.18215" in refused(model, key_maps, path)


def test_a_vae_that_halves_the_image_more_often_is_refused(model: Model, key_maps: KeyMaps, tmp_path: Path) -> None:
    path = written("original file", tiny("sd-x4-upscaler"), tmp_path)

    assert "the VAE has halvings of the image 2, the model's own has 1" in refused(model, key_maps, path)


def test_a_folder_without_a_scale_has_that_of_the_model(model: Model, key_maps: KeyMaps, tmp_path: Path) -> None:
    path = written("own folder", OTHER, tmp_path)
    edit_json(path / "config.json", without=("scaling_factor",))

    changed, found = with_vae(model, path, key_maps)

    assert changed.configs["vae"]["scaling_factor"] == 0.18215
    found.close()


def test_a_folder_of_another_class_is_refused(model: Model, key_maps: KeyMaps, tmp_path: Path) -> None:
    path = written("own folder", OTHER, tmp_path)
    edit_json(path / "config.json", {"_class_name": "AutoencoderTiny"})

    assert refused(model, key_maps, path) == "vae/config.json: found 'AutoencoderTiny', expected 'AutoencoderKL'"


def test_a_folder_that_has_none_is_refused(model: Model, key_maps: KeyMaps, tmp_path: Path) -> None:
    assert "there is neither config.json nor vae/config.json; expected a folder of AutoencoderKL" in refused(
        model, key_maps, tmp_path
    )


@pytest.mark.parametrize(
    "tensors", [tiny("sd1").tensors("unet"), tiny("sd1").tensors("text_encoder")], ids=["a UNet", "a text encoder"]
)
def test_a_file_that_is_something_else_is_refused_by_what_it_has(
    model: Model, key_maps: KeyMaps, tmp_path: Path, tensors: Any
) -> None:
    message = refused(model, key_maps, write_safetensors(tmp_path / "other.safetensors", tensors))

    assert message.startswith(f"other.safetensors: found {min(tensors)}")
    assert (
        "expected a file of AutoencoderKL, which has first_stage_model.decoder.mid.block_1.conv1.weight or " in message
    )


@pytest.mark.parametrize("prefix", ["", "first_stage_model."])
def test_a_key_that_is_none_of_a_vae_is_refused(model: Model, prefix: str) -> None:
    own = {
        prefix + key.removeprefix("first_stage_model."): shape
        for key, shape in original_shapes("sd1").items()
        if key.startswith("first_stage_model.")
    }

    with pytest.raises(ModelError, match=rf"^model\.safetensors: 1 unexpected key: {prefix}extra; expected only the"):
        with_vae(model, place_of({**own, f"{prefix}extra": (1,)}), fresh_key_maps())


def test_numbers_that_float32_cannot_hold_are_refused(model: Model, key_maps: KeyMaps, tmp_path: Path) -> None:
    path = written("original file", tiny("sd1", dtype="float64"), tmp_path)

    assert "is stored as F64, expected F32, F16, BF16" in refused(model, key_maps, path)
