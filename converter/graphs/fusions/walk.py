"""Walk a graph from value to value; where it is not as expected, that is an error with the node's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from converter.graphs.errors import GraphError

if TYPE_CHECKING:
    import onnx_ir as ir


def unlike(where: ir.Node, found: object, expected: str) -> NoReturn:
    """Refuse a form that no fusion knows.

    Raises:
        GraphError: always.
    """
    raise GraphError(f"{where.name}: found {found}, expected {expected}, so that it can be fused; report this")


def maker(value: ir.Value | None, operator: str, where: ir.Node) -> ir.Node:
    """The node that a value comes from.

    Raises:
        GraphError: it is not of that type; `where` reads the value.
    """
    node = None if value is None else value.producer()
    if node is None or node.op_type != operator:
        unlike(where, "a value of no node" if node is None else node.op_type, f"a value of {operator}")
    return node


def made_by(value: ir.Value | None, operator: str) -> bool:
    """Whether a value comes from a node of that type."""
    node = None if value is None else value.producer()
    return node is not None and node.op_type == operator


def first(node: ir.Node) -> ir.Value:
    """A node's first input."""
    value = node.inputs[0]
    if value is None:
        unlike(node, "no first input", "one")
    return value


def only_reader(value: ir.Value, where: ir.Node) -> ir.Node:
    """The one node that reads a value.

    Raises:
        GraphError: several read it, or none does; `where` makes it.
    """
    readers = list(dict.fromkeys(use.node for use in value.uses()))
    if len(readers) != 1 or value.is_graph_output():
        unlike(where, f"{len(readers)} readers of its result", "one")
    return readers[0]


def numbers(value: ir.Value | None) -> tuple[float, ...] | None:
    """What a constant has, flat; `None` if it is none."""
    if value is None or not made_by(value, "Constant"):
        return None
    producer = value.producer()
    tensor = None if producer is None else producer.attributes["value"].as_tensor()
    return None if tensor is None else tuple(float(number) for number in tensor.numpy().reshape(-1))


def other(node: ir.Node, value: ir.Value) -> ir.Value:
    """The second of two operands, where the order does not matter."""
    left, right = node.inputs
    found = right if left is value else left
    if found is None:
        unlike(node, "one operand", "two")
    return found


def permutation(node: ir.Node) -> tuple[int, ...]:
    """What a `Transpose` does to the axes."""
    return tuple(node.attributes["perm"].as_ints())


def module_of(node: ir.Node) -> str:
    """The path of the module that a node is in: `/down_blocks.0/attentions.0`."""
    return str(node.name).rpartition("/")[0]
