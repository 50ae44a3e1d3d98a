"""A `model.onnx` as facts: what is in its message, without a weight being loaded. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from converter.release.contract.facts import GraphFacts, Node, Port

if TYPE_CHECKING:
    from onnx import GraphProto, ModelProto, NodeProto, ValueInfoProto

_DTYPES = {1: "float32", 2: "uint8", 6: "int32", 7: "int64", 10: "float16", 11: "float64", 16: "bfloat16"}
"""`TensorProto.DataType`: https://github.com/onnx/onnx/blob/v1.19.0/onnx/onnx.proto (Apache-2.0)."""


def graph_facts(model: ModelProto) -> GraphFacts:
    """What the contract looks at."""
    graph = model.graph
    nodes = list(_nodes(graph))
    return GraphFacts(
        ir_version=model.ir_version,
        opsets={opset.domain: opset.version for opset in model.opset_import},
        functions=tuple(function.name for function in model.functions),
        annotated=(
            *(value.name for value in graph.value_info),
            *(node.name for node in nodes if node.metadata_props),
        ),
        # Also a weight that is listed among them: clients that go by position would feed it.
        inputs=tuple(_port(value) for value in graph.input),
        outputs=tuple(_port(value) for value in graph.output),
        nodes=tuple(map(_node, nodes)),
        weights={tensor.name: tuple(tensor.dims) for tensor in graph.initializer},
        dtypes={tensor.name: _dtype(tensor.data_type) for tensor in graph.initializer},
    )


def _node(node: NodeProto) -> Node:
    numbers = {each.name: each.i for each in node.attribute if each.type == each.INT}
    return Node(node.name, node.op_type, node.domain, tuple(node.input), numbers)


def _dtype(number: int) -> str:
    return _DTYPES.get(number, f"ONNX type {number}")


def _nodes(graph: GraphProto) -> Iterator[NodeProto]:
    for node in graph.node:
        yield node
        for attribute in node.attribute:
            for inner in (attribute.g, *attribute.graphs):
                yield from _nodes(inner)


def _port(value: ValueInfoProto) -> Port:
    tensor = value.type.tensor_type
    dtype = _dtype(tensor.elem_type)
    if not tensor.HasField("shape"):
        return Port(value.name, dtype, None)
    return Port(value.name, dtype, tuple(axis.dim_param or axis.dim_value for axis in tensor.shape.dim))
