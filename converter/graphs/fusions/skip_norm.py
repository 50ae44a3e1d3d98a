"""Layer normalisation of a sum.

Before: `s = (x @ w + bias) + residual` and `LayerNormalization(s)`, where `s` goes on as the next residual.
After: `SkipLayerNormalization(x @ w, residual, bias)`, whose fourth output is `s`.
A sum of anything else, such as CLIP's tokens and positions, may broadcast, which older versions do not: it stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.graphs.fusions import walk

if TYPE_CHECKING:
    import onnx_ir as ir


def fuse_skip_norms(graph: ir.Graph) -> None:
    """Replace every layer normalisation of a residual sum."""
    for node in [node for node in graph if node.op_type == "LayerNormalization"]:
        if walk.made_by(node.inputs[0], "Add"):
            total = walk.maker(node.inputs[0], "Add", node)
            linear = next((value for value in total.inputs if _is_linear(value)), None)
            if linear is not None:
                _fuse(graph, node, total, walk.maker(linear, "Add", total))


def _is_linear(value: ir.Value | None) -> bool:
    """Whether a value is what a linear layer with a bias puts out, and nothing else reads it."""
    if value is None or not walk.made_by(value, "Add") or len(value.uses()) != 1 or value.is_graph_output():
        return False
    product, bias = walk.maker(value, "Add", next(iter(value.uses())).node).inputs
    return walk.made_by(product, "MatMul") and bias is not None and bias.is_graph_input()


def _fuse(graph: ir.Graph, norm: ir.Node, total: ir.Node, linear: ir.Node) -> None:
    import onnx_ir as ir

    _, gamma, beta = norm.inputs
    if norm.attributes["axis"].as_int() != -1:
        walk.unlike(norm, f"axis {norm.attributes['axis'].as_int()}", "the last")
    residual = walk.other(total, linear.outputs[0])
    fused = ir.node(
        "SkipLayerNormalization",
        [linear.inputs[0], residual, gamma, beta, linear.inputs[1]],
        {"epsilon": norm.attributes["epsilon"].as_float()},
        domain="com.microsoft",
        name=f"{walk.module_of(norm)}/SkipLayerNormalization",
        num_outputs=4,
    )
    # Where the sum was computed: what reads it may come before the norm does.
    graph.insert_before(total, fused)
    result, *unused, summed = fused.outputs
    for value in unused:
        value.name = ""
    _take_place(norm.outputs[0], result)
    _take_place(total.outputs[0], summed)


def _take_place(old: ir.Value, new: ir.Value) -> None:
    """`new` for `old`, also as an output of the graph, with its name."""
    port = old.is_graph_output()
    new.type, new.shape = old.type, old.shape
    old.replace_all_uses_with(new, replace_graph_outputs=True)
    if port:
        new.name, old.name = old.name, None
