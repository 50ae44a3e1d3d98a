"""GELU.

Before: `x * (0.5 * (1 + Erf(x / sqrt(2))))`. After: `Gelu(x)`.
Before: `x * Sigmoid(1.702 * x)`. After: `QuickGelu(x)`, OpenAI's activation; with 1 for 1.702, SiLU, it stays as it is.
"""

from __future__ import annotations

from math import isclose, sqrt
from typing import TYPE_CHECKING

from converter.graphs.fusions import walk

if TYPE_CHECKING:
    import onnx_ir as ir

_QUICK = 1.702
"""https://github.com/openai/CLIP/blob/d05afc436d78/clip/model.py#L166 (MIT)."""


def fuse_gelu(graph: ir.Graph) -> None:
    """Replace every GELU of a graph; there is no `Erf` in it afterwards.

    Raises:
        GraphError: there is an `Erf` in another form; it is named.
    """
    for node in list(graph):
        if node.op_type == "Erf":
            _exact(graph, node)
        elif node.op_type == "Sigmoid" and walk.made_by(node.inputs[0], "Mul"):
            _quick(graph, node)


def _exact(graph: ir.Graph, erf: ir.Node) -> None:
    divided = walk.maker(erf.inputs[0], "Div", erf)
    _require(divided, sqrt(2))
    added = walk.only_reader(erf.outputs[0], erf)
    _require(added, 1.0)
    halved = walk.only_reader(added.outputs[0], added)
    _require(halved, 0.5)
    x = walk.first(divided)
    last = walk.only_reader(halved.outputs[0], halved)
    if [divided.op_type, added.op_type, halved.op_type, last.op_type] != ["Div", "Add", "Mul", "Mul"]:
        walk.unlike(erf, f"{added.op_type}, {halved.op_type}, {last.op_type} behind it", "Add, Mul, Mul")
    if walk.other(last, halved.outputs[0]) is not x:
        walk.unlike(last, "another factor", "what the Erf is of")
    _replace(graph, last, x, "Gelu")


def _quick(graph: ir.Graph, sigmoid: ir.Node) -> None:
    scaled = walk.maker(sigmoid.inputs[0], "Mul", sigmoid)
    factor = walk.numbers(scaled.inputs[1])
    if factor is None or len(factor) != 1 or not isclose(factor[0], _QUICK, rel_tol=1e-6):
        return
    x, last = walk.first(scaled), walk.only_reader(sigmoid.outputs[0], sigmoid)
    if last.op_type != "Mul" or walk.other(last, sigmoid.outputs[0]) is not x:
        walk.unlike(sigmoid, f"{last.op_type} behind it", "Mul with what it is of")
    _replace(graph, last, x, "QuickGelu")


def _require(node: ir.Node, number: float) -> None:
    """One operand of a node must be that number."""
    found = [walk.numbers(value) for value in node.inputs]
    if not any(each is not None and len(each) == 1 and isclose(each[0], number, rel_tol=1e-6) for each in found):
        walk.unlike(node, "other numbers", f"the number {number:.6g}")


def _replace(graph: ir.Graph, last: ir.Node, x: ir.Value, operator: str) -> None:
    import onnx_ir as ir

    name = f"{walk.module_of(last)}/{operator}"
    fused = ir.node(operator, [x], domain="com.microsoft", name=name)
    graph.insert_before(last, fused)
    last.outputs[0].replace_all_uses_with(fused.outputs[0])
