"""A safetensors file on disk: read without copying, given back, refused with its path when it is not sound."""

import gc
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.weights import SafetensorsFile, TensorSource, WeightsError
from tests.support.safetensors_files import entry, raw_file, write_tensors

NUMPY_NAMES = ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?", "c8"]
ML_NAMES = ["bfloat16", "float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"]
ML_SAFETENSORS = dict(
    zip(ML_NAMES, ["BF16", "F8_E4M3", "F8_E4M3FNUZ", "F8_E5M2", "F8_E5M2FNUZ", "F8_E8M0"], strict=True)
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    tensors: dict[str, np.ndarray[Any, Any]] = {
        "b": np.arange(6, dtype=np.float32).reshape(2, 3),
        "a": np.array([1, 2], np.float16),
        "c": np.zeros((0, 4), np.int8),
    }
    return write_tensors(tmp_path / "model.safetensors", tensors, {"format": "pt"})


def written(tmp_path: Path, file: bytes) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(file)
    return path


def resident_bytes() -> int:
    """File pages that are mapped into this process (RssFile)."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssFile"))


@pytest.mark.parametrize("name", NUMPY_NAMES)
def test_every_numpy_dtype_comes_back_as_it_was_written(tmp_path: Path, name: str) -> None:
    array = np.arange(6).astype(name).reshape(3, 2)

    with SafetensorsFile.open(write_tensors(tmp_path / "m.safetensors", {"w": array})) as file:
        read = file.read("w")

    assert read.dtype == array.dtype
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize("name", ML_NAMES)
def test_every_dtype_that_numpy_lacks_is_read_through_ml_dtypes(tmp_path: Path, name: str) -> None:
    data = bytes(range(64, 76))
    dtype = np.dtype(getattr(ml_dtypes, name))
    shape = [12 // dtype.itemsize]
    header = {"w": entry(ML_SAFETENSORS[name], shape, 0, 12)}

    with SafetensorsFile.open(written(tmp_path, raw_file(header, data))) as file:
        read = file.read("w")

    assert read.dtype == dtype
    assert read.tobytes() == data


def test_it_says_what_it_holds_without_reading_it(model: Path) -> None:
    with SafetensorsFile.open(model) as file:
        assert file.names == ("a", "b", "c")
        assert (file.info("b").dtype, file.info("b").shape, file.info("b").size_bytes) == ("F32", (2, 3), 24)
        assert file.header.metadata == {"format": "pt"}
        assert file.path == model


def test_it_is_a_tensor_source(model: Path) -> None:
    def shapes(source: TensorSource) -> list[tuple[int, ...]]:
        return [source.read(name).shape for name in source.names]

    with SafetensorsFile.open(model) as file:
        assert shapes(file) == [(2,), (2, 3), (0, 4)]


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_a_tensor_is_a_view_that_cannot_be_written(model: Path, name: str) -> None:
    with SafetensorsFile.open(model) as file:
        read = file.read(name)

        assert not read.flags.owndata or read.size == 0
        assert not read.flags.writeable


def test_a_view_stays_valid_after_the_file_was_closed(model: Path) -> None:
    with SafetensorsFile.open(model) as file:
        read = file.read("b")
    del file
    gc.collect()

    assert read.sum() == 15


def test_a_tensor_can_be_read_again_after_it_was_done(model: Path) -> None:
    with SafetensorsFile.open(model) as file:
        read = file.read("b")
        for name in file.names:
            file.done(name)

        assert read.sum() == file.read("b").sum() == 15


def test_a_tensor_at_an_odd_byte_is_read(tmp_path: Path) -> None:
    header = {"a": entry("U8", [1], 0, 1), "b": entry("F32", [2], 1, 9)}
    data = b"\x07" + np.array([1.5, -2], np.float32).tobytes()

    with SafetensorsFile.open(written(tmp_path, raw_file(header, data))) as file:
        assert file.read("b").tolist() == [1.5, -2]


def test_a_symbolic_link_is_followed_as_in_the_cache_of_the_hub(model: Path, tmp_path: Path) -> None:
    (tmp_path / "link.safetensors").symlink_to(model)

    with SafetensorsFile.open(tmp_path / "link.safetensors") as file:
        assert file.names == ("a", "b", "c")


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="counts resident pages as Linux does")
def test_memory_holds_only_the_tensors_between_read_and_done(tmp_path: Path) -> None:
    size_bytes = 16 << 20
    tensors = {str(n): np.ones(size_bytes // 4, np.float32) for n in range(4)}
    path = write_tensors(tmp_path / "big.safetensors", tensors)
    del tensors
    peaks = []

    with SafetensorsFile.open(path) as file:
        before = resident_bytes()
        for name in file.names:
            assert file.read(name).sum() == size_bytes // 4
            peaks.append(resident_bytes() - before)
            file.done(name)
        after = resident_bytes() - before

    assert max(peaks) < 1.5 * size_bytes
    assert after < size_bytes // 4


def test_an_unknown_name_is_refused_with_the_nearest_one(tmp_path: Path) -> None:
    path = write_tensors(tmp_path / "m.safetensors", {"unet.conv_in.weight": np.zeros(1, np.float32)})

    with (
        SafetensorsFile.open(path) as file,
        pytest.raises(WeightsError, match=r"nearest name is 'unet\.conv_in\.weight'"),
    ):
        file.read("unet.conv_in.wieght")


def refused(path: Path) -> str:
    with pytest.raises(WeightsError) as caught:
        SafetensorsFile.open(path)
    assert str(caught.value).startswith(f"{path}: ")
    return str(caught.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "absent.safetensors")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "found a folder" in refused(tmp_path)


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "found a device, socket or pipe" in refused(tmp_path / "pipe")


def test_a_path_with_a_nul_is_refused(tmp_path: Path) -> None:
    assert "cannot be opened" in refused(tmp_path / "a\0b")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    assert "the file is empty" in refused(written(tmp_path, b""))


def test_a_web_page_is_refused_as_such(tmp_path: Path) -> None:
    assert "probably a login page" in refused(written(tmp_path, b"<!doctype html><html>" + b" " * 9000))


@given(keep=st.integers(0, 10_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the file is written anew for each example
def test_a_file_cut_off_anywhere_is_refused_and_never_mapped(tmp_path: Path, keep: int) -> None:
    whole = raw_file({"w": entry(shape=[2400], end=9600)}, bytes(9600))

    assert refused(written(tmp_path, whole[: keep % len(whole)]))


@given(changes=st.lists(st.tuples(st.integers(0, 90), st.integers(0, 255)), min_size=1, max_size=3))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])  # the file is written anew for each example
def test_a_file_with_changed_bytes_is_read_within_its_bounds_or_refused(tmp_path: Path, changes: Any) -> None:
    file = bytearray(raw_file({"w": entry(shape=[4], end=16)}, bytes(16)))
    for at, value in changes:
        file[at % len(file)] = value
    with suppress(WeightsError), SafetensorsFile.open(written(tmp_path, bytes(file))) as opened:
        assert sum(opened.read(name).nbytes for name in opened.names) == 16
