"""What torch exports, in a form that can be compared."""

from torch import Tensor
from torch.export import ExportedProgram


def nodes_said(program: ExportedProgram) -> list[tuple[str, str, str, str]]:
    """Each node of a program, with what torch found out of its shape and its order in memory."""
    found = [(node, node.meta.get("val")) for node in program.graph.nodes]
    return [
        (node.name, str(node.args), str(value), str(value.stride()) if isinstance(value, Tensor) else "")
        for node, value in found
    ]
