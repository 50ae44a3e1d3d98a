"""The fused variant of a template: onnxruntime's operators in the place of many nodes, before weights are bound."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from converter.canonical import digest_of
from converter.graphs import canonical_names as names
from converter.graphs.checked import checked
from converter.graphs.fusions import DOMAIN, FUSIONS, OPERATORS
from converter.graphs.template import Template

if TYPE_CHECKING:
    from onnx import ModelProto

FUSED_FORMAT = 1
"""Raised when this pass makes another graph of the same template."""


def fused_key(template_key: str) -> str:
    """SHA-256 of what determines the variant: the template's key, the operators and `FUSED_FORMAT`."""
    return digest_of({"format": FUSED_FORMAT, "template": template_key, "fused": list(OPERATORS)})


def fused(template: Template) -> Template:
    """The same graph with attention, skip-normalisation and GELU as one node each, with the same ports and parameters.

    Before: the graph is as it was traced. After: nodes that are left have the names that they had, among them every
    linear layer and convolution; what was fused is called `/module/path/OPERATOR`.

    Raises:
        GraphError: an attention or a GELU has a form that is not known, or the result is no valid ONNX model.
    """
    import onnx
    import onnx_ir as ir
    from onnx_ir.passes import common

    model = ir.from_proto(onnx.ModelProto.FromString(template.graph))
    for fuse in FUSIONS:
        fuse(model.graph)
        common.RemoveUnusedNodesPass()(model)
    if any(node.domain == DOMAIN for node in model.graph):
        model.graph.opset_imports[DOMAIN] = 1
    names.strip_metadata(model)
    names.name_values(model.graph)
    graph = checked(model, "the fused graph")
    return replace(template, key=fused_key(template.key), graph=graph, nodes=len(list(model.graph)))


def fused_operators(template: Template) -> Mapping[str, int]:
    """How many nodes of which contrib operator were fused in a template; empty for a plain one."""
    import onnx

    nodes = onnx.ModelProto.FromString(template.graph).graph.node
    found = Counter(node.op_type for node in nodes if node.domain == DOMAIN and node.op_type in OPERATORS)
    return dict(sorted(found.items()))


def declare_fused(model: ModelProto) -> None:
    """Say that what was fused puts out float32: ONNX knows the operators of no other domain, so it infers no type."""
    import onnx

    ports = {value.name for value in model.graph.output}
    for node in model.graph.node:
        if node.domain == DOMAIN and node.op_type in OPERATORS:
            model.graph.value_info.extend(
                onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None)
                for name in node.output
                if name and name not in ports
            )
