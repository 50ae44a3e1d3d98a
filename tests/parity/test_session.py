from pathlib import Path

import numpy as np
import pytest

from converter.graphs import bind
from converter.parity import ParityError
from converter.parity.session import run_session
from tests.support.components import ArrayWeights
from tests.support.tiny_templates import adding_template, as_it_is


@pytest.fixture
def addition(tmp_path: Path) -> Path:
    """The graph `y = x + [10, 20]`, with its numbers in the data file."""
    weights = ArrayWeights({"w": np.array([10, 20], np.float32)})
    bind(adding_template(as_it_is("w", 2)), weights, tmp_path / "unet")
    return tmp_path / "unet" / "model.onnx"


def test_outputs_are_given_for_each_set_of_inputs(addition: Path) -> None:
    runs = [{"x": np.array([1, 2], np.float32)}, {"x": np.array([3, 4], np.float32)}]
    assert [[y.tolist() for y in outputs] for outputs in run_session(addition, runs)] == [[[11, 22]], [[13, 24]]]


def test_a_graph_without_its_data_file_is_refused(addition: Path) -> None:
    addition.with_name("weights.pb").unlink()
    with pytest.raises(ParityError, match=r"unet/model\.onnx: onnxruntime .* cannot run it"):
        run_session(addition, [])


def test_a_truncated_data_file_is_refused(addition: Path) -> None:
    addition.with_name("weights.pb").write_bytes(b"1234")
    with pytest.raises(ParityError, match=r"unet/model\.onnx: onnxruntime .* cannot run it"):
        run_session(addition, [])


def test_a_file_that_is_no_graph_is_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"<!DOCTYPE html>")
    with pytest.raises(ParityError, match="cannot run it"):
        run_session(tmp_path / "model.onnx", [])


def test_inputs_of_another_shape_are_refused(addition: Path) -> None:
    with pytest.raises(ParityError, match="cannot run it"):
        run_session(addition, [{"x": np.ones(3, np.float32)}])
