"""A graph of any precision: inputs are cast to what its ports declare, outputs to float32."""

from pathlib import Path

import numpy as np
import pytest

from converter.render import RenderError
from converter.render.graph import Graph


def write_graph(path: Path, element: int) -> Path:
    """The graph `out = sample + timestep`, the timestep a scalar."""
    import onnx
    from onnx import helper

    sample = helper.make_tensor_value_info("sample", element, ["batch"])
    timestep = helper.make_tensor_value_info("timestep", element, [])
    out = helper.make_tensor_value_info("out", element, ["batch"])
    graph = helper.make_graph(
        [helper.make_node("Add", ["sample", "timestep"], ["out"])], "g", [sample, timestep], [out]
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8), path)
    return path


@pytest.mark.parametrize("element", [1, 10, 7], ids=["float32", "float16", "int64"])
def test_inputs_are_cast_to_what_the_graph_declares(tmp_path: Path, element: int) -> None:
    graph = Graph(write_graph(tmp_path / "model.onnx", element), "cpu")

    found = graph.run({"sample": np.array([1.0, 2.0]), "timestep": np.array([3.0])}, "out")

    assert found.dtype == np.float32
    assert found.tolist() == [4.0, 5.0]


def test_an_input_that_the_graph_does_not_have_is_refused_with_both_lists(tmp_path: Path) -> None:
    graph = Graph(write_graph(tmp_path / "model.onnx", 1), "cpu")

    with pytest.raises(
        RenderError, match="found the inputs sample, timestep, expected sample, time_ids; was the release"
    ):
        graph.run({"sample": np.zeros(1), "time_ids": np.zeros(1)}, "out")


def test_a_file_that_is_no_graph_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"no graph")

    with pytest.raises(RenderError, match=f"{tmp_path.name}/model.onnx: onnxruntime .* cannot load it"):
        Graph(tmp_path / "model.onnx", "cpu")
