"""The bytes of a graph that a pass made, once onnx found it valid."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.graphs.errors import GraphError

if TYPE_CHECKING:
    import onnx
    import onnx_ir as ir


def checked(model: ir.Model, what: str) -> bytes:
    """A serialized `ModelProto`, the same bytes for the same model.

    Raises:
        GraphError: it is not valid; `what` names the graph.
    """
    import onnx_ir as ir

    proto = ir.to_proto(model)
    require_valid(proto, what)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


def require_valid(proto: onnx.ModelProto, what: str) -> None:
    """Check a graph by onnx's own rules.

    Raises:
        GraphError: it is not valid; `what` names the graph.
    """
    import onnx

    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise GraphError(f"{what} is not valid: {error}; report this") from error
