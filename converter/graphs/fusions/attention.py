"""Attention.

Before, with heads side by side in the last axis of queries, keys and values of shape `(batch, tokens, heads * width)`:
    `Softmax(split(q) * c @ transposed(split(k)) * c + mask) @ split(v)`, its heads joined, with `c * c == scale`.
After: `MultiHeadAttention(q, k, v, mask)`, which splits and joins by itself and need not keep the matrix
    of `(batch, heads, tokens, tokens)`. PyTorch puts zeros where a row is masked as a whole, which none is by a causal
    mask; that is left out, so that NaN stays NaN.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.graphs.fusions import walk

if TYPE_CHECKING:
    import onnx_ir as ir

_SWAPPED = (0, 2, 1, 3)
"""`(batch, tokens, heads, width)` to `(batch, heads, tokens, width)`, and back."""


@dataclass(frozen=True)
class _Projection:
    """Queries, keys or values before their heads were split."""

    value: ir.Value
    """`(batch, tokens, heads * width)`."""
    heads: int


def fuse_attention(graph: ir.Graph) -> None:
    """Replace every attention of a graph; there is no other `Softmax` in it afterwards.

    Raises:
        GraphError: one has another form; it is named.
    """
    masks: dict[tuple[ir.Value, int], ir.Value] = {}
    for node in [node for node in graph if node.op_type == "Softmax"]:
        _fuse(graph, node, masks)


def _fuse(graph: ir.Graph, softmax: ir.Node, masks: dict[tuple[ir.Value, int], ir.Value]) -> None:
    import onnx_ir as ir

    scores, mask = _masked(softmax)
    queries, scale = _scaled(scores, 0)
    keys, scale_too = _scaled(scores, 1)
    product = _product(softmax)
    last = _joined(product)
    q, k, v = _split(queries, scores), _split(_untransposed(keys, scores), scores), _split(product.inputs[1], product)
    if not q.heads == k.heads == v.heads or scale != scale_too:
        walk.unlike(softmax, f"heads {q.heads}, {k.heads}, {v.heads}, scales {scale}, {scale_too}", "the same for all")
    inputs = [q.value, k.value, v.value]
    if mask is not None:
        if (mask, q.heads) not in masks:
            masks[mask, q.heads] = _for_each_head(graph, mask, q.heads)
        inputs += [None, None, masks[mask, q.heads]]  # type: ignore[list-item]  # neither bias nor mask of keys
    fused = ir.node(
        "MultiHeadAttention",
        inputs,
        {"num_heads": q.heads, "scale": scale * scale},
        domain="com.microsoft",
        name=f"{walk.module_of(softmax)}/MultiHeadAttention",
        num_outputs=1,
    )
    graph.insert_before(last, fused)
    last.outputs[0].replace_all_uses_with(fused.outputs[0])


def _masked(softmax: ir.Node) -> tuple[ir.Node, ir.Value | None]:
    """The product of queries and keys, and what is added to it."""
    value = walk.first(softmax)
    if walk.made_by(value, "MatMul"):
        return walk.maker(value, "MatMul", softmax), None
    added = walk.maker(value, "Add", softmax)
    scores = walk.maker(added.inputs[0], "MatMul", added)
    return scores, walk.other(added, scores.outputs[0])


def _scaled(scores: ir.Node, place: int) -> tuple[ir.Value, float]:
    """An operand of the product before it was multiplied, and with what."""
    node = walk.maker(scores.inputs[place], "Mul", scores)
    factor = walk.numbers(node.inputs[1])
    if factor is None or len(factor) != 1:
        walk.unlike(node, "no constant", "a number to scale with")
    return walk.first(node), factor[0]


def _untransposed(value: ir.Value, where: ir.Node) -> ir.Value:
    """Keys before torch exchanged their last two axes, for which it makes three axes of four and back."""
    back = walk.maker(value, "Reshape", where)
    turned = walk.maker(walk.first(back), "Transpose", back)
    if walk.permutation(turned) != (0, 2, 1):
        walk.unlike(turned, walk.permutation(turned), "the last two axes exchanged")
    return walk.first(walk.maker(walk.first(turned), "Reshape", turned))


def _split(value: ir.Value | None, where: ir.Node) -> _Projection:
    """What the heads were split of, and how many they are."""
    swapped = walk.maker(value, "Transpose", where)
    if walk.permutation(swapped) != _SWAPPED:
        walk.unlike(swapped, walk.permutation(swapped), f"{_SWAPPED}")
    split = walk.maker(walk.first(swapped), "Reshape", swapped)
    whole = walk.first(split)
    parts = _sizes(split)
    total = _width(whole, split)
    heads, width = parts[2:] if len(parts) == 4 else (None, None)
    if heads == -1 and width:
        heads = total // width
    if not heads or not width or heads * width != total:
        walk.unlike(split, f"heads {heads} of width {width}", f"heads that make {total} together")
    return _Projection(whole, heads)


def _width(value: ir.Value, where: ir.Node) -> int:
    """The last axis of what a linear layer puts out: as many as its weight `(in_features, out_features)` says."""
    linear = walk.maker(value, "Add", where) if walk.made_by(value, "Add") else None
    product = walk.maker(value if linear is None else linear.inputs[0], "MatMul", where)
    shape = None if product.inputs[1] is None else product.inputs[1].shape
    width = None if shape is None else shape[-1]
    if not isinstance(width, int):
        walk.unlike(product, f"a weight of shape {shape}", "a fixed one")
    return width


def _sizes(reshape: ir.Node) -> tuple[int | None, ...]:
    """What a `Reshape` is told, axis by axis; `None` where it is computed."""
    told = walk.maker(reshape.inputs[1], "Concat", reshape)
    found = [walk.numbers(value) for value in told.inputs]
    return tuple(None if number is None else int(number[0]) for number in found)


def _product(softmax: ir.Node) -> ir.Node:
    """The product of probabilities and values; between may be zeros in the place of NaN."""
    readers = list(dict.fromkeys(use.node for use in softmax.outputs[0].uses()))
    choices = [node for node in readers if node.op_type == "Where"]
    node = choices[0] if choices else softmax
    return _only(node, "MatMul")


def _joined(product: ir.Node) -> ir.Node:
    """The last node of the form: what puts the heads side by side again."""
    node = _next(product)
    turned = _only(node, "Transpose") if node.op_type == "Reshape" else node
    if turned.op_type != "Transpose" or walk.permutation(turned) != _SWAPPED:
        walk.unlike(turned, turned.op_type, f"a Transpose of {_SWAPPED}")
    joined = _only(turned, "Reshape")
    if len(_sizes(joined)) != 3:
        walk.unlike(joined, f"{len(_sizes(joined))} axes", "three")
    return joined


def _next(node: ir.Node) -> ir.Node:
    return walk.only_reader(node.outputs[0], node)


def _only(node: ir.Node, operator: str) -> ir.Node:
    """The one reader of a node, which must be of that type."""
    found = _next(node)
    if found.op_type != operator:
        walk.unlike(node, f"{found.op_type} behind it", operator)
    return found


def _for_each_head(graph: ir.Graph, mask: ir.Value, heads: int) -> ir.Value:
    """A mask `(batch, 1, tokens, tokens)` once for each head: onnxruntime before 1.20 takes no other."""
    import numpy as np
    import onnx_ir as ir

    made = mask.producer()
    if made is None:
        raise ValueError("a mask is computed")
    told = {"value": ir.tensor(np.array([1, heads, 1, 1], np.int64))}
    sizes = ir.node("Constant", [], told, name=f"/fusion{made.name}/Constant")
    spread = ir.node("Expand", [mask, sizes.outputs[0]], name=f"/fusion{made.name}/Expand")
    graph.insert_after(made, [sizes, spread])
    return spread.outputs[0]
