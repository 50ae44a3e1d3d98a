"""Opening whatever a source gave: the right reader, and damaged weight files refused by their name."""

from pathlib import Path

import pytest

from converter.models import KeyMaps, ModelError, open_model
from converter.weights import WeightsError
from tests.support.model_folders import copy_folder
from tests.support.safetensors_files import entry, raw_file
from tests.support.sd1_models import pico, write_checkpoint

DAMAGED = {
    "a-web-page": (b"<!DOCTYPE html>\n<title>Sign in</title>", "found a web page (HTML)"),
    "a-git-lfs-pointer": (b"version https://git-lfs.github.com/spec/v1\n", "found a git-LFS pointer"),
    "a-pickle": (b"\x80\x02}q\x00.", "found a pickle without torch's magic number"),
    "a-pickle-with-a-command": (b"\x80\x02cos\nsystem\n.", "the pickle asks for 'os.system'"),
    "a-zip-archive-cut-off": (b"PK\x03\x04" + bytes(60), "the zip archive has no directory at its end"),
    "nothing": (b"", "the file is empty (0 bytes)"),
    "a-header-longer-than-the-file": (raw_file({"w": entry()}, header_bytes=50_000), "the header claims 50,000 bytes"),
    "cut-off": (raw_file({"w": entry()}, b"1234"), "the file is truncated: 73 bytes, expected 77"),
}


def test_a_path_where_nothing_is_is_refused(tmp_path: Path, key_maps: KeyMaps) -> None:
    with pytest.raises(ModelError, match="missing: there is no such file or folder; expected a diffusers folder or a"):
        open_model(tmp_path / "missing", key_maps)


def test_an_empty_folder_is_no_diffusers_folder(tmp_path: Path, key_maps: KeyMaps) -> None:
    with pytest.raises(ModelError, match=r"there is no model_index\.json; expected a diffusers folder"):
        open_model(tmp_path, key_maps)


@pytest.mark.parametrize("defect", DAMAGED)
def test_a_checkpoint_that_is_none_is_refused_by_what_it_is(tmp_path: Path, key_maps: KeyMaps, defect: str) -> None:
    data, words = DAMAGED[defect]
    path = tmp_path / "model.safetensors"
    path.write_bytes(data)

    with pytest.raises(WeightsError) as caught:
        open_model(path, key_maps)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("defect", DAMAGED)
@pytest.mark.parametrize("part", ["text_encoder", "unet", "vae"])
def test_damaged_weights_in_a_folder_are_refused_by_their_file(
    pico_folder: Path, tmp_path: Path, key_maps: KeyMaps, part: str, defect: str
) -> None:
    data, words = DAMAGED[defect]
    folder = copy_folder(pico_folder, tmp_path / "model")
    (path,) = (folder / part).glob("*.safetensors")
    path.unlink()
    path.write_bytes(data)

    with pytest.raises(WeightsError) as caught:
        open_model(folder, key_maps)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


@pytest.mark.parametrize("missing_bytes", [1, 1_000_000])
def test_a_checkpoint_cut_off_by_any_number_of_bytes_is_refused(
    pico_checkpoint: Path, tmp_path: Path, key_maps: KeyMaps, missing_bytes: int
) -> None:
    path = tmp_path / "cut.safetensors"
    path.write_bytes(pico_checkpoint.read_bytes()[:-missing_bytes])

    with pytest.raises(WeightsError, match=r"cut\.safetensors: "):
        open_model(path, key_maps)


def test_closing_a_model_closes_its_files(pico_checkpoint: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_checkpoint, key_maps):
        assert str(pico_checkpoint) in Path("/proc/self/maps").read_text("utf-8")

    assert str(pico_checkpoint) not in Path("/proc/self/maps").read_text("utf-8")


def test_weights_that_float32_cannot_hold_are_refused_by_name(tmp_path: Path, key_maps: KeyMaps) -> None:
    path = write_checkpoint(pico(dtype="float64"), tmp_path / "double.safetensors")

    with pytest.raises(ModelError, match=r"double\.safetensors: text_encoder .* is stored as F64, expected F32, F16"):
        open_model(path, key_maps)
