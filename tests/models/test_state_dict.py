"""State dicts: views of open files under the names of parameters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.models import StateDict
from converter.models.state_dict import TensorRef
from converter.weights import SafetensorsFile
from tests.support.safetensors_files import write_tensors

LINEAR = np.arange(12, dtype=np.float16).reshape(4, 3)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[SafetensorsFile]:
    tensors: dict[str, np.ndarray[Any, Any]] = {
        "linear": LINEAR,
        "convolution": LINEAR[:, :, None, None],
        "bias": np.ones(4, np.float32),
    }
    with SafetensorsFile.open(write_tensors(tmp_path / "model.safetensors", tensors)) as opened:
        yield opened


@pytest.fixture
def state_dict(file: SafetensorsFile) -> StateDict:
    return StateDict(
        {
            "encoder.linear.weight": TensorRef(file, "linear", (4, 3)),
            "encoder.linear.bias": TensorRef(file, "bias", (4,)),
            "decoder.to_q.weight": TensorRef(file, "convolution", (4, 3)),
        }
    )


def test_shapes_are_those_of_the_parameters(state_dict: StateDict) -> None:
    assert state_dict.shapes == {
        "encoder.linear.weight": (4, 3),
        "encoder.linear.bias": (4,),
        "decoder.to_q.weight": (4, 3),
    }


def test_a_parameter_is_read_under_its_own_name_in_the_dtype_of_the_file(state_dict: StateDict) -> None:
    found = state_dict.read("encoder.linear.weight")

    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, LINEAR)


def test_a_1x1_convolution_is_read_as_the_linear_layer_it_is(state_dict: StateDict) -> None:
    np.testing.assert_array_equal(state_dict.read("decoder.to_q.weight"), LINEAR)


@pytest.mark.parametrize("name", ["encoder.linear.weight", "decoder.to_q.weight"])
def test_what_is_read_is_a_view_of_the_file_that_nobody_can_write_to(state_dict: StateDict, name: str) -> None:
    found = state_dict.read(name)

    assert not found.flags.owndata
    assert not found.flags.writeable


def test_a_parameter_can_be_read_again_after_it_was_done_with(state_dict: StateDict) -> None:
    state_dict.done("encoder.linear.weight")

    np.testing.assert_array_equal(state_dict.read("encoder.linear.weight"), LINEAR)


def test_done_gives_the_pages_of_a_parameter_back(tmp_path: Path) -> None:
    path = write_tensors(tmp_path / "large.safetensors", {"w": np.ones(4 << 20, np.float32)})
    with SafetensorsFile.open(path) as file:
        large = StateDict({"weight": TensorRef(file, "w", (4 << 20,))})
        large.read("weight").sum()
        before = resident_bytes(path)

        large.done("weight")

        assert before >= 16 << 20
        assert resident_bytes(path) < 1 << 20


def test_a_part_has_the_parameters_of_its_beginnings_and_no_others(state_dict: StateDict) -> None:
    assert set(state_dict.part("encoder.").shapes) == {"encoder.linear.weight", "encoder.linear.bias"}
    assert state_dict.part("encoder.", "decoder.").shapes == state_dict.shapes
    assert state_dict.part("").shapes == state_dict.shapes
    assert state_dict.part("linear").shapes == {}


def resident_bytes(path: Path) -> int:
    """How much of a mapped file is in this process's memory."""
    lines = iter(Path("/proc/self/smaps").read_text("utf-8").splitlines())
    if not any(line.endswith(str(path)) for line in lines):
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Rss:"))
