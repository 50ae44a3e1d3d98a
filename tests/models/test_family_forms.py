"""The forms in which models of the whole family come: torch files, shards, variants, half precision; one model each."""

from pathlib import Path

import numpy as np
import pytest

from converter.models import KeyMaps, Model, ModelError, open_model
from converter.models.leftovers import is_leftover
from tests.support.family import FamilyModel, Lazy, original_tensors, tiny, write_diffusers, write_safetensors
from tests.support.fixtures_family import FamilyFiles, said_of
from tests.support.model_folders import copy_folder, edit_json
from tests.support.other_weights import in_shards
from tests.support.shapes_files import fresh_key_maps
from tests.support.torch_files import safetensors_to_torch


def require_numbers(model: Model, wanted: FamilyModel) -> None:
    assert model.state_dicts.keys() == wanted.configs.keys()
    for part, state in model.state_dicts.items():
        values = wanted.values(part)
        assert state.shapes == {name: array.shape for name, array in values.items()}
        for name, array in values.items():
            found = state.read(name)
            assert found.dtype == array.dtype
            assert found.tobytes() == array.tobytes(), f"{part} {name}"


@pytest.mark.parametrize("architecture", ["sd2", "sdxl"])
@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_a_torch_checkpoint_is_the_same_model(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path, architecture: str, legacy: bool
) -> None:
    source = family_files.model(architecture, "original")
    path = safetensors_to_torch(source, tmp_path / "model.ckpt", legacy=legacy, epoch=1, global_step=2)

    with open_model(path, key_maps, said_of(architecture)) as model:
        assert (model.architecture, model.layout) == (architecture, "original")
        require_numbers(model, tiny(architecture))


def test_a_folder_in_shards_is_the_same_model(family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path) -> None:
    folder = in_shards(family_files.model("sdxl", "diffusers"), tmp_path / "sharded", count=2)

    with open_model(folder, key_maps) as model:
        assert len(model.files) == 2 * 4
        require_numbers(model, tiny("sdxl"))


@pytest.mark.parametrize("architecture", ["sd-x4-upscaler", "sdxl-refiner"])
def test_a_folder_of_bin_files_is_the_same_model(key_maps: KeyMaps, tmp_path: Path, architecture: str) -> None:
    folder = write_diffusers(tiny(architecture), tmp_path / "bin", form="bin")

    with open_model(folder, key_maps) as model:
        assert all(path.endswith(".bin") for path in model.files)
        require_numbers(model, tiny(architecture))


def as_variants(folder: Path, target: Path, *, keep: bool = False) -> Path:
    """A copy whose weights are called variants in half precision; with `keep`, broken ones lie beside the whole."""
    copy_folder(folder, target)
    for path in list(target.rglob("*.safetensors")):
        variant = path.with_name(f"{path.stem}.fp16.safetensors")
        variant.write_bytes(b"not read") if keep else path.rename(variant)
    return target


def test_a_folder_that_has_nothing_but_a_variant_is_read(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path
) -> None:
    folder = as_variants(family_files.model("sdxl", "diffusers"), tmp_path / "half")

    with open_model(folder, key_maps) as model:
        assert all(path.endswith(".fp16.safetensors") for path in model.files)
        require_numbers(model, tiny("sdxl"))


def test_the_whole_numbers_are_preferred_to_a_variant(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path
) -> None:
    folder = as_variants(family_files.model("sdxl", "diffusers"), tmp_path / "both", keep=True)

    with open_model(folder, key_maps) as model:
        require_numbers(model, tiny("sdxl"))


@pytest.mark.parametrize("layout", ["diffusers", "original"])
@pytest.mark.parametrize(("dtype", "code"), [("float16", "F16"), ("bfloat16", "BF16")])
def test_half_precision_is_read_as_it_is(key_maps: KeyMaps, tmp_path: Path, layout: str, dtype: str, code: str) -> None:
    model = tiny("sdxl", dtype=dtype)
    path = tmp_path / "model.safetensors"
    place = (
        write_diffusers(model, tmp_path / "model")
        if layout == "diffusers"
        else write_safetensors(path, original_tensors(model))
    )

    with open_model(place, key_maps) as opened:
        require_numbers(opened, model)
        assert max(opened.dtypes, key=lambda name: opened.dtypes[name]) == code


def test_one_file_may_have_several_dtypes(key_maps: KeyMaps, tmp_path: Path) -> None:
    # The VAE of SDXL overflows in float16, so that many files keep it in float32.
    tensors: dict[str, Lazy] = {
        key: tensor if key.startswith("first_stage_model.") else tensor.cast("float16")
        for key, tensor in original_tensors(tiny("sdxl")).items()
    }
    path = write_safetensors(tmp_path / "mixed.safetensors", tensors)

    with open_model(path, key_maps) as model:
        assert {name for name, count in model.dtypes.items() if count > 1} == {"F16", "F32"}
        assert model.state_dicts["vae"].read("decoder.conv_in.weight").dtype == np.float32
        assert model.state_dicts["text_encoder_2"].read("text_projection.weight").dtype == np.float16


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"in_channels": 5}, "takes 5 channels, expected 4 or 8 or 9; 5 would be depth-to-image, which is not built"),
        ({"class_embed_type": "projection"}, "class_embed_type 'projection', expected None"),
        ({"class_embed_type": "simple_projection"}, "models that take other conditions are not built"),
        ({"addition_embed_type": "text"}, "addition_embed_type 'text', expected None or text_time"),
        ({"encoder_hid_dim_type": "ip_image_proj"}, "encoder_hid_dim, which no Stable Diffusion model has"),
        ({"cross_attention_dim": 768}, "attends to a width of 768, the text encoder has 64; expected one number"),
    ],
    ids=str,
)
def test_a_folder_of_stable_diffusion_2_with_other_inputs_is_refused(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    folder = copy_folder(family_files.model("sd2", "diffusers"), tmp_path / "model")
    edit_json(folder / "unet/config.json", changes)

    with pytest.raises(ModelError) as caught:
        open_model(folder, key_maps)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("architecture", "changes", "words"),
    [
        ("sdxl", {"addition_time_embed_dim": 64}, "adds 320 numbers (projection_class_embeddings_input_dim), expected"),
        ("sdxl", {"addition_time_embed_dim": None}, "expected 128 of the pooled text and 6 times None"),
        ("sdxl-refiner", {"projection_class_embeddings_input_dim": 320}, "expected 128 of the pooled text and 5 times"),
    ],
)
def test_a_folder_of_xl_whose_parts_do_not_fit_is_refused(
    family_files: FamilyFiles, tmp_path: Path, architecture: str, changes: dict[str, object], words: str
) -> None:
    folder = copy_folder(family_files.model(architecture, "diffusers"), tmp_path / "model")
    edit_json(folder / "unet/config.json", changes)

    with pytest.raises(ModelError) as caught:
        open_model(folder, fresh_key_maps())
    assert words in str(caught.value)


def test_the_refiner_does_not_pass_for_xl_with_an_encoder_too_many(
    family_files: FamilyFiles, key_maps: KeyMaps, tmp_path: Path
) -> None:
    folder = copy_folder(family_files.model("sdxl-refiner", "diffusers"), tmp_path / "model")
    for part in ("text_encoder", "tokenizer"):
        copy_folder(family_files.model("sdxl", "diffusers") / part, folder / part)
    edit_json(
        folder / "model_index.json",
        {"text_encoder": ["transformers", "CLIPTextModel"], "tokenizer": ["transformers", "CLIPTokenizer"]},
    )

    with pytest.raises(ModelError, match="the UNet attends to a width of 128, the text encoder has 192"):
        open_model(folder, key_maps)


def test_no_weight_of_the_family_is_taken_for_a_leftover() -> None:
    for architecture in ("sd2", "sd-x4-upscaler", "sdxl", "sdxl-refiner"):
        weights = {name for name in original_tensors(tiny(architecture)) if name.endswith((".weight", ".bias"))}
        assert len(weights) > 200
        assert not any(map(is_leftover, weights))
