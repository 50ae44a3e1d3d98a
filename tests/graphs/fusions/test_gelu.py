"""GELU: small graphs, which compute the same in onnxruntime before and after."""

from math import sqrt
from typing import Any

import numpy as np
import onnx
import onnx_ir as ir
import onnxruntime as ort
import pytest
from onnx import TensorProto, helper, numpy_helper

from converter.graphs import GraphError
from converter.graphs.fusions import fuse_gelu

X = np.linspace(-5, 5, 41, dtype=np.float32)


def constant(name: str, number: float) -> onnx.NodeProto:
    return helper.make_node("Constant", [], [name], value=numpy_helper.from_array(np.array(number, np.float32)))


def model_of(*nodes: onnx.NodeProto) -> onnx.ModelProto:
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [41]) for name in "xy")
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(helper.make_graph(list(nodes), "main_graph", [x], [y]), opset_imports=opsets, ir_version=8)


def exact(*, divisor: float = sqrt(2), one: float = 1.0, half: float = 0.5, factor: str = "x") -> onnx.ModelProto:
    return model_of(
        constant("divisor", divisor),
        constant("one", one),
        constant("half", half),
        helper.make_node("Div", ["x", "divisor"], ["a"], name="/act/Div"),
        helper.make_node("Erf", ["a"], ["b"], name="/act/Erf"),
        helper.make_node("Add", ["b", "one"], ["c"], name="/act/Add"),
        helper.make_node("Mul", ["half", "c"], ["d"], name="/act/Mul"),
        helper.make_node("Mul", [factor, "d"], ["e"], name="/act/Mul_1"),
        helper.make_node("Identity", ["e"], ["y"], name="/Identity"),
    )


def quick(factor: float) -> onnx.ModelProto:
    return model_of(
        constant("factor", factor),
        helper.make_node("Mul", ["x", "factor"], ["a"], name="/act/Mul"),
        helper.make_node("Sigmoid", ["a"], ["b"], name="/act/Sigmoid"),
        helper.make_node("Mul", ["x", "b"], ["c"], name="/act/Mul_1"),
        helper.make_node("Identity", ["c"], ["y"], name="/Identity"),
    )


def fused(model: onnx.ModelProto) -> onnx.ModelProto:
    from onnx_ir.passes import common

    changed = ir.from_proto(model)
    fuse_gelu(changed.graph)
    common.RemoveUnusedNodesPass()(changed)
    return ir.to_proto(changed)


def computed(model: onnx.ModelProto) -> np.ndarray[Any, Any]:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {"x": X})[0])


@pytest.mark.parametrize(
    ("model", "operator"), [(exact(), "Gelu"), (quick(1.702), "QuickGelu")], ids=["erf", "sigmoid"]
)
def test_it_becomes_one_node_that_computes_the_same(model: onnx.ModelProto, operator: str) -> None:
    result = fused(model)
    assert next((node.name, node.op_type) for node in result.graph.node) == (f"/act/{operator}", operator)
    assert [node.op_type for node in result.graph.node][1:] == ["Identity"]
    np.testing.assert_allclose(computed(result), computed(model), atol=1e-6)


def test_silu_stays_as_it_is() -> None:
    assert fused(quick(1.0)) == fused(quick(1.0))
    assert [node.op_type for node in fused(quick(1.0)).graph.node] == ["Constant", "Mul", "Sigmoid", "Mul", "Identity"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (exact(divisor=2.0), r"/act/Div: found other numbers, expected the number 1\.41421"),
        (exact(one=2.0), r"/act/Add: found other numbers, expected the number 1,"),
        (exact(half=1.0), r"/act/Mul: found other numbers, expected the number 0\.5"),
        (exact(factor="b"), r"/act/Erf: found 2 readers of its result, expected one"),
        (exact(factor="a"), r"/act/Mul_1: found another factor, expected what the Erf is of"),
    ],
)
def test_an_erf_in_another_form_is_refused_by_the_node_that_differs(model: onnx.ModelProto, said: str) -> None:
    with pytest.raises(GraphError, match=said):
        fused(model)
