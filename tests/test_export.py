"""Stop before ONNX: each architecture as a checkpoint and as a diffusers folder, read by diffusers and by ourselves."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.convert import convert_entry
from converter.files import sha256_of
from converter.models import KeyMaps, open_model
from converter.models.leftovers import is_leftover
from converter.target import Target
from converter.workshop import Workshop
from tests.support.exports import Array, Order, elsewhere, exported, order, parameters_of, place, tensors_of
from tests.support.family import ARCHITECTURES, original_tensors, tiny, write_diffusers, write_original
from tests.support.family_loras import write_kohya_lora
from tests.support.registries import diffusion_entry
from tests.support.release_folders import graph_files

pytestmark = pytest.mark.slow

LCM = "time_embedding.cond_proj.weight"
FORGOTTEN = {"sd1-lcm", "sdxl-lcm"}
"""diffusers' table lacks the guidance of LCM models, so that it cannot load their single files."""
SPARE = "cond_stage_model.model.transformer.resblocks.2."


@pytest.fixture(scope="session")
def orders(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> dict[str, Order]:
    """One order for each architecture; each is carried out when it is first asked for."""
    return {name: order(name, tmp_path_factory.mktemp(name), cache) for name in ARCHITECTURES}


@pytest.fixture(params=ARCHITECTURES)
def made(request: pytest.FixtureRequest, orders: dict[str, Order]) -> Order:
    return orders[request.param]


def assert_close(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=1e-5, atol=1e-6, err_msg=name)


def assert_same(found: Mapping[str, Array], expected: Mapping[str, Array]) -> None:
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def parts_of(path: Path, made: Order) -> dict[str, dict[str, Array]]:
    """Every parameter, by part, as the converter reads it."""
    with open_model(path, made.workshop.key_maps) as model:
        found = {
            part: {name: state.read(name).copy() for name in state.shapes} for part, state in model.state_dicts.items()
        }
    return {str(part): values for part, values in found.items()}


def test_a_checkpoint_has_the_model_with_the_lora_blended_in(made: Order) -> None:
    found = parts_of(made.checkpoint, made)
    assert found.keys() == made.expected.keys()
    for part, expected in made.expected.items():
        assert_close(found[part], expected)


def test_a_checkpoint_and_a_folder_have_the_same_numbers(made: Order) -> None:
    checkpoint, folder = parts_of(made.checkpoint, made), parts_of(made.folder, made)
    for part in made.expected:
        assert_same(checkpoint[part], folder[part])


def test_both_are_in_float32_and_say_that_they_are_torchs(made: Order) -> None:
    from safetensors import safe_open

    for path in (made.checkpoint, *made.folder.rglob("*.safetensors")):
        with safe_open(path, "numpy") as file:
            assert file.metadata()["format"] == "pt"
            assert {file.get_slice(name).get_dtype() for name in file.keys()} == {"F32"}  # noqa: SIM118 - no mapping


def test_a_checkpoint_without_a_lora_is_the_original_file_without_its_leftovers(made: Order) -> None:
    found = tensors_of(made.plain)
    original = original_tensors(made.model)
    expected = {k: v.array() for k, v in original.items() if not is_leftover(k) and not k.startswith(SPARE)}
    assert_same({key: value for key, value in found.items() if not is_leftover(key)}, expected)


def test_diffusers_loads_the_folder_with_no_missing_or_unexpected_key(made: Order) -> None:
    import diffusers
    import transformers

    index = json.loads((made.folder / "model_index.json").read_text())
    for part, expected in made.expected.items():
        library, class_name = index[part]
        model_class = getattr({"diffusers": diffusers, "transformers": transformers}[library], class_name)
        module, info = model_class.from_pretrained(
            made.folder, subfolder=part, local_files_only=True, output_loading_info=True
        )
        assert not any(info.values()), info
        assert_close(parameters_of(module), expected)


# diffusers' ancestral Euler asks numpy in an old way.
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_diffusers_runs_the_pipeline_of_the_folder(made: Order) -> None:
    import diffusers

    index = json.loads((made.folder / "model_index.json").read_text())
    pipeline = getattr(diffusers, made.model.pipeline).from_pretrained(made.folder, local_files_only=True)
    assert type(pipeline).__name__ == index["_class_name"] == made.model.pipeline
    for name, config in made.model.schedulers.items():
        assert getattr(pipeline, name).config["_class_name"] == config["_class_name"]


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES.keys() - FORGOTTEN))
@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_diffusers_loads_the_checkpoint_as_a_single_file(orders: dict[str, Order], architecture: str) -> None:
    import diffusers

    made = orders[architecture]
    # What is missing stays on the `meta` device, and the pipeline cannot be made.
    pipeline = getattr(diffusers, made.model.pipeline).from_single_file(
        str(made.checkpoint), config=str(made.folder), local_files_only=True
    )
    for part, expected in made.expected.items():
        assert_close(parameters_of(getattr(pipeline, part)), expected)


@pytest.mark.parametrize("architecture", sorted(FORGOTTEN))
def test_diffusers_functions_find_all_of_an_lcm_but_what_they_forget(
    orders: dict[str, Order], architecture: str
) -> None:
    from diffusers.loaders import single_file_utils as diffusers
    from safetensors.torch import load_file

    made = orders[architecture]
    checkpoint = load_file(made.checkpoint)
    guidance = checkpoint[f"model.diffusion_model.{LCM}"]
    found = diffusers.convert_ldm_unet_checkpoint(checkpoint, config=dict(made.model.configs["unet"]))
    assert_close({name: value.numpy() for name, value in {**found, LCM: guidance}.items()}, made.expected["unet"])


def test_from_a_checkpoint_to_a_folder_and_back_are_the_same_bytes(made: Order) -> None:
    folder = exported(elsewhere(made.workshop, "middle"), made.plain, Target.DIFFUSERS)
    again = exported(elsewhere(made.workshop, "again"), folder, Target.CHECKPOINT)
    assert again.read_bytes() == made.plain.read_bytes()


def test_an_original_file_with_leftovers_becomes_a_clean_one(tmp_path: Path, cache: Path) -> None:
    source = write_original(tiny("sd2", dtype="float16"), tmp_path / "source.safetensors")
    path = exported(place(tmp_path, cache), source, Target.CHECKPOINT, prediction_type="v_prediction")
    old, new = tensors_of(source), tensors_of(path)
    assert_same(new, {key: old[key].astype(np.float32) for key in new})
    assert all(is_leftover(key) or key.startswith(SPARE) for key in old.keys() - new.keys())


def test_the_onnx_files_of_a_checkpoint_are_those_of_the_entry_that_it_was_made_of(
    workshop: Workshop, pico_folder: Path
) -> None:
    with open_model(pico_folder, workshop.key_maps) as model:
        values: Any = {part: {n: s.read(n).copy() for n in s.shapes} for part, s in model.state_dicts.items()}
    lora = write_kohya_lora(values, workshop.root / "lora.safetensors", two_encoders=False)
    loras = [{"name": "style", "source": str(lora)}]
    direct = convert_entry(
        diffusion_entry(name="pico", source=str(pico_folder), loras=loras), 1, workshop, parity=False
    ).folder
    checkpoint = exported(workshop, pico_folder, Target.CHECKPOINT, loras=loras)
    again = elsewhere(workshop, "again")
    found = convert_entry(diffusion_entry(name="pico", source=str(checkpoint)), 1, again, parity=False).folder
    assert graph_files(found) == graph_files(direct)


def test_another_vae_is_in_both(tmp_path: Path, cache: Path) -> None:
    workshop, other = place(tmp_path, cache), tiny("sd1", seed=8)
    source = write_diffusers(tiny("sd1"), tmp_path / "source")
    vae = write_diffusers(other, tmp_path / "other") / "vae"
    expected = other.values("vae")
    for target in (Target.CHECKPOINT, Target.DIFFUSERS):
        path = exported(workshop, source, target, vae=str(vae))
        with open_model(path, workshop.key_maps) as model:
            assert_same({name: model.state_dicts["vae"].read(name) for name in expected}, expected)


def test_the_record_says_what_was_read_blended_and_written(orders: dict[str, Order]) -> None:
    made = orders["sd1"]
    record = json.loads(made.checkpoint.with_name("pico.v1.safetensors.json").read_text())
    assert (record["to"], record["tag"], record["dtype"]) == ("checkpoint", "pico.v1", "F32")
    assert [source["role"] for source in record["sources"]] == ["model", "lora"]
    assert [lora["name"] for lora in record["loras"]] == ["style"]
    (file,) = record["files"]
    assert (file["path"], file["sha256"]) == ("pico.v1.safetensors", sha256_of(made.checkpoint))
    lora = made.workshop.root / "lora.safetensors"
    assert record["sources"][1]["files"][0]["sha256"] == sha256_of(lora)


def test_the_record_of_a_folder_lists_every_file_of_it(made: Order) -> None:
    record = json.loads((made.folder / "manifest.json").read_text())
    files = {path.relative_to(made.folder).as_posix() for path in made.folder.rglob("*") if path.is_file()}
    assert {file["path"]: file["sha256"] for file in record["files"]} == {
        path: sha256_of(made.folder / path) for path in files - {"manifest.json"}
    }


def test_what_is_there_already_is_kept(orders: dict[str, Order]) -> None:
    made = orders["sd1"]
    for target, path in ((Target.CHECKPOINT, made.checkpoint), (Target.DIFFUSERS, made.folder)):
        before = path.stat().st_mtime_ns
        assert made.export(target).reused
        assert path.stat().st_mtime_ns == before


@pytest.mark.parametrize("target", [Target.CHECKPOINT, Target.DIFFUSERS])
def test_what_is_damaged_or_of_another_source_is_made_again(tmp_path: Path, cache: Path, target: Target) -> None:
    workshop = place(tmp_path, cache)
    source = write_original(tiny("sd1"), tmp_path / "source.safetensors")
    path = exported(workshop, source, target)
    weights = path if target is Target.CHECKPOINT else path / "unet/diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert exported(workshop, source, target) == path
    assert weights.read_bytes() == whole
    write_original(tiny("sd1", seed=1), source)
    exported(workshop, source, target)
    assert weights.read_bytes() != whole


@pytest.mark.parametrize(("said", "sample_size"), [("96x96", 48), ("96x64", 64), ("x", 64), ("96", 64)])
def test_the_size_of_the_images_is_read_from_the_header_where_they_are_square(
    tmp_path: Path, key_maps: KeyMaps, said: str, sample_size: int
) -> None:
    from safetensors.numpy import save_file

    tensors = {key: np.ascontiguousarray(tensor.array()) for key, tensor in original_tensors(tiny("sd1")).items()}
    save_file(tensors, tmp_path / "said.safetensors", {"modelspec.resolution": said})
    with open_model(tmp_path / "said.safetensors", key_maps) as model:
        assert len(model.configs["vae"]["block_out_channels"]) == 2  # type: ignore[arg-type]
        assert model.configs["unet"]["sample_size"] == sample_size
