"""Names that clients find weights by, and nothing in the file that depends on the machine or the exporter's mood.

onnx-web blends LoRA and Textual Inversion at run time: it looks for nodes called `/module/path/MatMul` and takes their
first input with `MatMul` or `.weight` in its name, so no other value may be called so. It also moves every initializer
into external data, so the weights must be the only initializers and small constants must be nodes.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from converter.graphs.errors import GraphError

if TYPE_CHECKING:
    import onnx_ir as ir

    from converter.graphs.ports import Port, Ports

_SCOPES = "pkg.torch.onnx.name_scopes"
_NO_MODULE = "_empty_nn_module_stack_from_metadata_hook"
"""What torch calls the scope of sizes that it read off an input, outside of any module."""
_MAX_CONSTANT_ELEMENTS = 20_000


def stored_name(parameter: str, *, transposed: bool) -> str:
    """Initializer name of a parameter: `a.b.weight`, or `onnx::MatMul_a_b_weight` where it is stored transposed."""
    return f"onnx::MatMul_{parameter.replace('.', '_')}" if transposed else parameter


def module_path(scopes: list[str]) -> str:
    """`["", "down_blocks.0", "down_blocks.0.conv", "conv2d"]` -> `/down_blocks.0/conv`, as TorchScript wrote it.

    The last scope is the operator itself; a repeated scope counts once.
    """
    path, previous = "", ""
    for scope in scopes[:-1]:
        if scope in ("", _NO_MODULE, previous):
            continue
        path += "/" + (scope.removeprefix(previous + ".") if previous else scope)
        previous = scope
    return path


def name_nodes(graph: ir.Graph) -> None:
    """Call each node `/module/path/OpType`, with `_1`, `_2` … on repeats."""
    seen: Counter[str] = Counter()
    for node in graph:
        scopes = node.metadata_props.get(_SCOPES)
        name = f"{module_path(ast.literal_eval(scopes)) if scopes else ''}/{node.op_type}"
        node.name = f"{name}_{seen[name]}" if seen[name] else name
        seen[name] += 1


def constants_to_nodes(graph: ir.Graph, parameters: set[str]) -> None:
    """Turn every initializer that is not a parameter into a `Constant` node at the front of the graph."""
    import onnx_ir as ir

    constants = []
    for name, value in list(graph.initializers.items()):
        tensor = value.const_value
        if name in parameters or tensor is None:
            raise GraphError(f"initializer {name!r} has no value; expected parameters to be graph inputs by now")
        if tensor.size > _MAX_CONSTANT_ELEMENTS:
            raise GraphError(
                f"constant {name!r} has {tensor.size:,} elements, expected at most {_MAX_CONSTANT_ELEMENTS:,}: "
                "is it a parameter that lost its name?"
            )
        node = ir.node("Constant", [], {"value": ir.tensor(tensor.numpy())}, num_outputs=1)
        value.replace_all_uses_with(node.outputs[0])
        graph.initializers.pop(name)
        constants.append(node)
    if constants:
        graph.insert_before(graph[0], constants)


def name_values(graph: ir.Graph) -> None:
    """Call each intermediate value `value_N`, in the order of the nodes; what a node leaves out has no name."""
    outputs = set(graph.outputs)
    values = (value for node in graph for value in node.outputs if value not in outputs and value.name != "")
    for number, value in enumerate(values):
        value.name = f"value_{number}"


def strip_metadata(model: ir.Model) -> None:
    """Drop stack traces, absolute paths, inferred types of intermediates and everything else that is not the graph."""
    graph = model.graph
    kept = {*graph.inputs, *graph.outputs}
    for value in kept:
        value.metadata_props.clear()
        value.doc_string = None
    for node in graph:
        node.metadata_props.clear()
        node.doc_string = None
        node.overload = ""
        for value in node.outputs:
            if value not in kept:
                value.metadata_props.clear()
                value.shape = None
                value.type = None
    graph.metadata_props.clear()
    graph.doc_string = None
    graph.name = "main_graph"
    model.metadata_props.clear()
    model.doc_string = None
    model.producer_name, model.producer_version = "onnx-registry", None
    # onnxruntime 1.16, which onnx-web pins, reads IR up to 9; opset 18 needs 8.
    model.ir_version = 8


def declare_ports(graph: ir.Graph, ports: Ports) -> None:
    """Give the graph's inputs and outputs the names, dtypes and axis names of `ports`.

    Raises:
        GraphError: the traced graph has other ones, in another order or with other fixed sizes.
    """
    inputs = list(graph.inputs)[: len(ports.inputs)]
    _require_only_expanded(inputs)
    _declare(inputs, ports.inputs)
    _declare(list(graph.outputs), ports.outputs)


def _declare(values: list[ir.Value], ports: tuple[Port, ...]) -> None:
    import onnx_ir as ir

    found, expected = [value.name for value in values], [port.name for port in ports]
    if found != expected:
        raise GraphError(f"the traced graph has ports {found}, expected {expected}: the torch module changed")
    dtypes = {"float32": ir.DataType.FLOAT, "int32": ir.DataType.INT32, "int64": ir.DataType.INT64}
    for value, port in zip(values, ports, strict=True):
        traced = [axis for axis in value.shape or () if isinstance(axis, int)]
        fixed = [axis for axis in port.shape if isinstance(axis, int)]
        if value.dtype != dtypes[port.dtype] or (fixed and traced != fixed):
            raise GraphError(
                f"port {port.name!r} was traced as {value.dtype} {value.shape}, expected {port.dtype} {port.shape}"
            )
        value.shape = ir.Shape(list(port.shape))


def _require_only_expanded(inputs: list[ir.Value]) -> None:
    """A timestep that is only expanded may be declared scalar and fed with any rank."""
    for value in inputs:
        uses = {use.node.op_type for use in value.uses()}
        if value.name == "timestep" and uses != {"Expand"}:
            raise GraphError(
                f"the timestep is used by {sorted(uses)}, expected Expand alone: clients feed several ranks"
            )
