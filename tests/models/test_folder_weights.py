"""Diffusers folders with torch weights and with shards: the same model, and a list of shards that must be true."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from converter.models import KeyMaps, Model, ModelError, open_model
from tests.support.model_folders import copy_folder
from tests.support.other_weights import as_bin, in_shards

SHARD = "diffusion_pytorch_model-00001-of-00003.safetensors"
INDEX = "diffusion_pytorch_model.safetensors.index.json"


def numbers(model: Model) -> dict[tuple[str, str], bytes]:
    return {(part, name): s.read(name).tobytes() for part, s in model.state_dicts.items() for name in s.shapes}


@pytest.fixture
def sharded(pico_folder: Path, tmp_path: Path) -> Path:
    return in_shards(pico_folder, tmp_path / "model")


def refusal(folder: Path, key_maps: KeyMaps) -> str:
    with pytest.raises(ModelError) as caught:
        open_model(folder, key_maps)
    return str(caught.value)


@pytest.mark.parametrize("legacy", [False, True], ids=["zip", "legacy"])
def test_torch_weights_are_the_same_model(pico_folder: Path, key_maps: KeyMaps, tmp_path: Path, legacy: bool) -> None:
    other = as_bin(pico_folder, tmp_path / "bin", legacy=legacy)

    with open_model(pico_folder, key_maps) as expected, open_model(other, key_maps) as found:
        assert numbers(found) == numbers(expected)
        assert found.dtypes == expected.dtypes
        assert [path.rpartition("/")[2] for path in found.files] == [
            "pytorch_model.bin",
            "diffusion_pytorch_model.bin",
            "diffusion_pytorch_model.bin",
        ]


def test_shards_are_the_same_model(pico_folder: Path, sharded: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_folder, key_maps) as expected, open_model(sharded, key_maps) as found:
        assert numbers(found) == numbers(expected)
        assert found.dtypes == expected.dtypes
        assert len(found.files) == 9


def test_shards_of_torch_weights_are_the_same_model(pico_folder: Path, key_maps: KeyMaps, tmp_path: Path) -> None:
    sharded = in_shards(as_bin(pico_folder, tmp_path / "bin"), tmp_path / "model")

    with open_model(pico_folder, key_maps) as expected, open_model(sharded, key_maps) as found:
        assert numbers(found) == numbers(expected)


def test_safetensors_are_preferred_as_clients_do(pico_folder: Path, key_maps: KeyMaps, tmp_path: Path) -> None:
    folder = copy_folder(pico_folder, tmp_path / "model")
    (folder / "unet" / "diffusion_pytorch_model.bin").write_bytes(b"not read")

    with open_model(folder, key_maps) as model:
        assert all(path.endswith(".safetensors") for path in model.files)


def test_a_file_and_shards_of_the_same_form_are_refused(pico_folder: Path, key_maps: KeyMaps, tmp_path: Path) -> None:
    folder = copy_folder(pico_folder, tmp_path / "model")
    (folder / "unet" / INDEX).write_text("{}")

    assert refusal(folder, key_maps) == (
        f"model: found diffusion_pytorch_model.safetensors and {INDEX} in unet/, expected one; remove the other"
    )


def _changed(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def edit(folder: Path) -> None:
        index = json.loads((folder / INDEX).read_text())
        change(index)
        (folder / INDEX).write_text(json.dumps(index))

    return edit


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda unet: (unet / SHARD).unlink(), f"there is no {SHARD}, expected every shard that it lists"),
        (lambda unet: (unet / INDEX).write_text("["), "not JSON"),
        (lambda unet: (unet / INDEX).write_bytes(bytes((32 << 20) + 1)), "33,554,433 bytes, expected at most"),
        (_changed(lambda index: index.pop("weight_map")), "there is no weight_map"),
        (_changed(lambda index: index.update(weight_map=[])), "there is no weight_map"),
        (_changed(lambda index: index["weight_map"].update(x=SHARD)), f"{SHARD} lacks x; expected exactly"),
        (_changed(lambda index: index["weight_map"].pop("conv_in.bias")), "has, unlisted, conv_in.bias; expected"),
        (_changed(lambda index: index["weight_map"].update(x="../vae/y.safetensors")), "'x' is in '../vae/y.safe"),
        (_changed(lambda index: index["weight_map"].update(x="/etc/y.safetensors")), "expected a file beside it"),
        (_changed(lambda index: index["weight_map"].update(x="..")), "expected a file beside it"),
        (_changed(lambda index: index["weight_map"].update(x=".hidden.safetensors")), "expected a file beside it"),
        (_changed(lambda index: index["weight_map"].update(x="y.bin")), "expected a file beside it"),
        (_changed(lambda index: index["weight_map"].update(x=1)), "'x' is in '1', expected a file beside it"),
    ],
)
def test_a_list_of_shards_that_is_not_true_is_refused(
    sharded: Path, key_maps: KeyMaps, damage: Callable[[Path], object], words: str
) -> None:
    damage(sharded / "unet")

    message = refusal(sharded, key_maps)

    assert message.startswith(f"model/unet/{INDEX}: ")
    assert words in message


def test_a_key_in_two_shards_is_refused(sharded: Path, key_maps: KeyMaps) -> None:
    unet = sharded / "unet"
    other = SHARD.replace("-00001", "-00002")
    (unet / other).unlink()
    (unet / SHARD).rename(unet / other)
    (unet / SHARD).write_bytes((unet / other).read_bytes())

    assert f"{other} lacks " in refusal(sharded, key_maps)
