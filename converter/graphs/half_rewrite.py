"""Rewrite the nodes of a graph for float16: constants are made anew, everything else is cast where two types meet."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from converter.graphs.errors import GraphError

if TYPE_CHECKING:
    import numpy as np
    import onnx_ir as ir

_LARGEST = 65504
_ANY_TYPE = ("Cast", "Shape", "Size", "Constant")
"""They take a value of any type; the type of their result is their own affair."""
_FLOAT32_INPUTS = {("Resize", 1), ("Resize", 2)}
"""`(node type, place)`: ONNX has float32 there, whatever the rest (roi is empty, scales)."""


class Rewrite:
    """A graph that is being rewritten. Values of float32 become float16, but for those of the nodes to be kept."""

    def __init__(self, graph: ir.Graph, kept: Collection[ir.Node]) -> None:
        self._graph = graph
        self._kept = kept
        self._made: dict[tuple[ir.Value, ir.DataType], ir.Value] = {}

    def is_read_in_float32_only(self, value: ir.Value) -> bool:
        """Whether every node that reads `value` is kept."""
        return all(use.node in self._kept for use in value.uses())

    def node(self, node: ir.Node) -> None:
        """Give a node inputs of its type, and its outputs that type; nodes come in the order of the graph.

        Raises:
            GraphError: it has a subgraph, or a value whose type is not known.
        """
        import onnx_ir as ir

        _require_plain(node)
        target = ir.DataType.FLOAT if node in self._kept else ir.DataType.FLOAT16
        for place, value in enumerate(node.inputs):
            wanted = ir.DataType.FLOAT if (node.op_type, place) in _FLOAT32_INPUTS else target
            if value is None or node.op_type in _ANY_TYPE or not _is_float(value) or value.dtype == wanted:
                continue
            node.replace_input_with(place, self._as(value, wanted))
        if node.op_type == "Constant":
            return
        _retarget(node, target)
        for value in node.outputs:
            if _is_float(value):
                value.type = ir.TensorType(target)

    def outputs(self, dtype: ir.DataType) -> None:
        """Give the graph's floating outputs the type `dtype`; names and shapes stay."""
        for place, value in enumerate(list(self._graph.outputs)):
            if not _is_float(value) or value.dtype == dtype:
                continue
            port = self._as(value, dtype)
            port.name, value.name = value.name, None
            self._graph.outputs[place] = port

    def remove_unused(self) -> None:
        """Remove the constants that only their float16 twins are read for."""
        for node in list(self._graph):
            output = node.outputs[0]
            if node.op_type == "Constant" and not output.uses() and not output.is_graph_output():
                self._graph.remove(node, safe=True)

    def _as(self, value: ir.Value, dtype: ir.DataType) -> ir.Value:
        producer, key = value.producer(), (value, dtype)
        if key not in self._made:
            constant = producer is not None and producer.op_type == "Constant"
            self._made[key] = self._constant(value) if constant else self._cast(value, dtype)
        return self._made[key]

    def _cast(self, value: ir.Value, dtype: ir.DataType) -> ir.Value:
        import onnx_ir as ir

        node = ir.node("Cast", [value], {"to": dtype}, name=self._name(value, "Cast"), num_outputs=1)
        return self._placed(node, value, dtype)

    def _constant(self, value: ir.Value) -> ir.Value:
        """A constant's float16 twin."""
        import onnx_ir as ir

        producer = value.producer()
        tensor = None if producer is None else producer.attributes["value"].as_tensor()
        if tensor is None:
            raise GraphError(f"constant {value.name!r} has no value; report this")
        twin = {"value": ir.tensor(_half(tensor.numpy()))}
        node = ir.node("Constant", [], twin, name=self._name(value, "Constant"), num_outputs=1)
        return self._placed(node, value, ir.DataType.FLOAT16)

    def _placed(self, node: ir.Node, value: ir.Value, dtype: ir.DataType) -> ir.Value:
        import onnx_ir as ir

        producer = value.producer()
        if producer is None:
            self._graph.insert_before(self._graph[0], node)
        else:
            self._graph.insert_after(producer, node)
        node.outputs[0].type, node.outputs[0].shape = ir.TensorType(dtype), value.shape
        return node.outputs[0]

    def _name(self, value: ir.Value, what: str) -> str:
        """Unlike every traced name, and unique: a value is made another type once."""
        producer = value.producer()
        place = value.name if producer is None else f"{str(producer.name).lstrip('/')}/{value.index()}"
        return f"/precision/{place}/{what}"


def _require_plain(node: ir.Node) -> None:
    import onnx_ir as ir

    graphs = (ir.AttributeType.GRAPH, ir.AttributeType.GRAPHS)
    if any(attribute.type in graphs for attribute in node.attributes.values()):
        raise GraphError(f"{node.name} has a subgraph, which cannot be made float16; expected plain nodes; report this")
    untyped = [value.name for value in node.outputs if value.dtype is None and value.name]
    if untyped:
        raise GraphError(f"{node.name}: the type of {untyped} is not known, expected that of every value; report this")


def _retarget(node: ir.Node, target: ir.DataType) -> None:
    """A node that makes float32 because its attribute says so makes `target`."""
    import onnx_ir as ir

    to = node.attributes.get("to")
    if node.op_type == "Cast" and to is not None and to.as_int() == ir.DataType.FLOAT:
        node.attributes["to"] = ir.Attr("to", ir.AttributeType.INT, int(target))
    value = node.attributes.get("value")
    if node.op_type == "ConstantOfShape" and target == ir.DataType.FLOAT16 and _is_float(node.outputs[0]):
        filler = 0.0 if value is None else value.as_tensor().numpy()
        import numpy as np

        tensor = ir.tensor(_half(np.asarray(filler, np.float32).reshape(1)))
        node.attributes["value"] = ir.Attr("value", ir.AttributeType.TENSOR, tensor)


def _is_float(value: ir.Value) -> bool:
    import onnx_ir as ir

    return value.dtype in (ir.DataType.FLOAT, ir.DataType.FLOAT16)


def _half(array: np.ndarray) -> np.ndarray:
    """A constant of the program in float16; the lowest float32, in CLIP's mask, stands for minus infinity."""
    import numpy as np

    return np.clip(array, -_LARGEST, _LARGEST).astype(np.float16)
