"""The float16 variant of a template: a pass over the open graph, before any weight is bound; no second trace."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, cast

from converter.canonical import JsonObject, digest_of
from converter.graphs import canonical_names as names
from converter.graphs.checked import checked
from converter.graphs.float32_nodes import Float32Nodes, HalfVariant
from converter.graphs.fuse import declare_fused
from converter.graphs.half_rewrite import Rewrite
from converter.graphs.template import Template
from converter.registry import Precision

if TYPE_CHECKING:
    import onnx_ir as ir

HALF_FORMAT = 1
"""Raised when this pass makes another graph of the same template."""

FLOAT32_PORTS = ("timestep",)
"""Inputs that stay float32 at `fp16`: float16 has no 999.5, and clients convert to what is declared."""


def half_key(template_key: str, variant: HalfVariant) -> str:
    """SHA-256 of what determines the variant: the template's key, the precision, the rules and `HALF_FORMAT`."""
    raw = cast("JsonObject", {"format": HALF_FORMAT, "template": template_key, **asdict(variant)})
    return digest_of(raw)


def in_half(template: Template, variant: HalfVariant) -> Template:
    """The same graph in float16, with the same names.

    Before: every parameter is float32. After: nodes compute in float16, but for those that `variant` keeps, which are
    surrounded by casts; a parameter is float16 unless only kept nodes read it. Inputs and outputs are float32
    (`fp16-internal`), or float16 except for the timestep (`fp16`).

    Raises:
        GraphError: the graph has a subgraph or a value of unknown type, or the result is no valid ONNX model.
    """
    import onnx
    import onnx_ir as ir

    untyped = onnx.ModelProto.FromString(template.graph)
    declare_fused(untyped)
    model = ir.from_proto(onnx.shape_inference.infer_shapes(untyped, strict_mode=True))
    graph = model.graph
    kept = _Kept.of(graph, variant.float32)
    rewrite = Rewrite(graph, kept.nodes)
    parameters = {parameter.name for parameter in template.parameters}
    _retype_inputs(graph, parameters, rewrite, ports_too=variant.precision is Precision.FP16)
    for node in list(graph):
        rewrite.node(node)
    rewrite.outputs(ir.DataType.FLOAT16 if variant.precision is Precision.FP16 else ir.DataType.FLOAT)
    rewrite.remove_unused()
    halves = {str(value.name) for value in graph.inputs if value.dtype == ir.DataType.FLOAT16}
    names.strip_metadata(model)
    names.name_values(graph)
    stored = tuple(
        replace(parameter, dtype="float16" if parameter.name in halves else "float32")
        for parameter in template.parameters
    )
    return replace(
        template,
        key=half_key(template.key, variant),
        graph=checked(model, "the graph in float16"),
        parameters=stored,
        nodes=len(list(graph)),
    )


def _retype_inputs(graph: ir.Graph, parameters: set[str], rewrite: Rewrite, *, ports_too: bool) -> None:
    import onnx_ir as ir

    for value in graph.inputs:
        if value.dtype != ir.DataType.FLOAT:
            continue
        if value.name in parameters:
            half = not rewrite.is_read_in_float32_only(value)
        else:
            half = ports_too and value.name not in FLOAT32_PORTS
        if half:
            value.type = ir.TensorType(ir.DataType.FLOAT16)


@dataclass(frozen=True)
class _Kept:
    """The nodes that stay in float32."""

    nodes: frozenset[ir.Node]

    @staticmethod
    def of(graph: ir.Graph, rules: tuple[Float32Nodes, ...]) -> _Kept:
        found: set[ir.Node] = set()
        for rule in rules:
            matching = [node for node in graph if _matches(node, rule)]
            found.update(_with_upstream(matching) if rule.with_upstream else matching)
        return _Kept(frozenset(found))


def _matches(node: ir.Node, rule: Float32Nodes) -> bool:
    module = str(node.name).rpartition("/")[0].replace("/", ".").rpartition(".")[2]
    return node.op_type in rule.operators or module in rule.modules


def _with_upstream(nodes: list[ir.Node]) -> set[ir.Node]:
    """The nodes, and every node whose float32 result leads to them."""
    import onnx_ir as ir

    found, waiting = set(nodes), list(nodes)
    while waiting:
        floats = (value for value in waiting.pop().inputs if value is not None and value.dtype == ir.DataType.FLOAT)
        new = {producer for value in floats if (producer := value.producer()) is not None} - found
        found |= new
        waiting.extend(new)
    return found
