"""Diffusers folders that are opened: every parameter where it belongs, whoever saved the folder."""

from pathlib import Path

import numpy as np
import pytest

from converter.models import KeyMaps, Part, StateDict, open_model
from converter.models.configs import graph_config, shipped
from tests.support.model_folders import copy_folder, edit_json
from tests.support.sd1_models import pico, write_folder

PARTS: tuple[Part, ...] = ("text_encoder", "unet", "vae")


def require_equal(found: StateDict, expected: StateDict) -> None:
    assert found.shapes == expected.shapes
    for name in expected.shapes:
        np.testing.assert_array_equal(found.read(name), expected.read(name), err_msg=name)


@pytest.mark.parametrize("part", PARTS)
def test_every_parameter_is_found_with_its_value(pico_folder: Path, key_maps: KeyMaps, part: Part) -> None:
    tensors = pico().tensors(part)

    with open_model(pico_folder, key_maps) as model:
        assert model.state_dicts[part].shapes == pico().shapes(part)
        for name, values in tensors.items():
            np.testing.assert_array_equal(model.state_dicts[part].read(name), values(), err_msg=name)


def test_what_is_known_without_reading_a_tensor(pico_folder: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_folder, key_maps) as model:
        assert (model.architecture, model.layout, model.leftovers) == ("sd1", "diffusers", ())
        assert model.parameters == sum(np.prod(s) for part in PARTS for s in pico().shapes(part).values())
        assert model.dtypes == {"F32": sum(len(pico().shapes(part)) for part in PARTS)}
        assert model.schedulers["scheduler"] == shipped("sd1", "scheduler")
        assert list(model.files) == [
            "text_encoder/model.safetensors",
            "unet/diffusion_pytorch_model.safetensors",
            "vae/diffusion_pytorch_model.safetensors",
        ]


@pytest.mark.parametrize("part", PARTS)
def test_the_graph_config_is_the_canonical_form_of_the_config(pico_folder: Path, key_maps: KeyMaps, part: Part) -> None:
    with open_model(pico_folder, key_maps) as model:
        assert model.graph_configs[part] == graph_config(part, dict(pico().configs[part]), part)
        assert model.configs[part] == pico().configs[part]


def test_the_vae_is_taken_apart_into_encoder_and_decoder(pico_folder: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_folder, key_maps) as model:
        encoder, decoder = model.graph("vae_encoder").weights.shapes, model.graph("vae_decoder").weights.shapes

        assert {**encoder, **decoder} == model.state_dicts["vae"].shapes
        assert encoder.keys() & decoder.keys() == set()
        assert {"quant_conv.weight", "encoder.conv_in.weight"} <= encoder.keys()
        assert {"post_quant_conv.weight", "decoder.conv_in.weight"} <= decoder.keys()
        assert model.graph("vae_encoder").config == model.graph("vae_decoder").config == model.graph_configs["vae"]
        assert model.published_config("vae_decoder") == model.configs["vae"]


@pytest.mark.parametrize(
    ("flat", "old"), [(True, False), (False, True), (True, True)], ids=["transformers-5", "old-vae", "both"]
)
def test_names_of_other_library_versions_give_the_same_state_dicts(
    pico_folder: Path, key_maps: KeyMaps, tmp_path: Path, flat: bool, old: bool
) -> None:
    other = write_folder(pico(), tmp_path / "other", flat_text_encoder=flat, old_attention=old)

    with open_model(pico_folder, key_maps) as expected, open_model(other, key_maps) as found:
        for part in PARTS:
            require_equal(found.state_dicts[part], expected.state_dicts[part])


def test_position_ids_are_left_out_and_named(pico_folder: Path, key_maps: KeyMaps, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = copy_folder(pico_folder, tmp_path / "folder")
    path = folder / "text_encoder" / "model.safetensors"
    tensors = load_file(path)
    path.unlink()
    save_file({**tensors, "text_model.embeddings.position_ids": np.arange(77)[None]}, path)

    with open_model(folder, key_maps) as model:
        assert model.leftovers == ("text_model.embeddings.position_ids",)
        assert model.state_dicts["text_encoder"].shapes == pico().shapes("text_encoder")


def test_an_image_to_image_pipeline_has_the_same_parts(pico_folder: Path, key_maps: KeyMaps, tmp_path: Path) -> None:
    folder = copy_folder(pico_folder, tmp_path / "folder")
    edit_json(folder / "model_index.json", {"_class_name": "StableDiffusionImg2ImgPipeline"})

    with open_model(folder, key_maps) as model:
        assert model.architecture == "sd1"


@pytest.mark.parametrize(
    ("part", "filled"), [("vae", {"scaling_factor": 0.18215}), ("unet", {"time_cond_proj_dim": None})]
)
def test_fields_that_clients_insist_on_are_published_though_the_config_lacks_them(
    pico_folder: Path, key_maps: KeyMaps, tmp_path: Path, part: Part, filled: dict[str, float | None]
) -> None:
    folder = copy_folder(pico_folder, tmp_path / "folder")
    edit_json(folder / part / "config.json", without=tuple(filled))

    with open_model(folder, key_maps) as model:
        assert filled.items() <= model.configs[part].items()


def test_a_scaling_factor_of_the_model_is_kept(pico_folder: Path, key_maps: KeyMaps, tmp_path: Path) -> None:
    folder = copy_folder(pico_folder, tmp_path / "folder")
    edit_json(folder / "vae" / "config.json", {"scaling_factor": 0.5})

    with open_model(folder, key_maps) as model:
        assert model.configs["vae"]["scaling_factor"] == 0.5


def test_the_tokenizer_of_the_folder_is_published(pico_folder: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_folder, key_maps) as model:
        (tokenizer,) = model.tokenizers.values()
        assert {"vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json"} <= set(tokenizer)
        assert tokenizer["merges.txt"] == (pico_folder / "tokenizer" / "merges.txt").read_bytes()


def test_half_precision_weights_are_found_in_their_own_dtype(key_maps: KeyMaps, tmp_path: Path) -> None:
    folder = write_folder(pico(dtype="float16"), tmp_path / "half")

    with open_model(folder, key_maps) as model:
        assert set(model.dtypes) == {"F16"}
        assert model.state_dicts["unet"].read("conv_in.weight").dtype == np.float16
