"""onnx-web blends LoRA into a loaded graph by looking for node and initializer names: each target must be found.

Its rule: in node names `/` and `.` become `_`, and one leading `_` goes; a key is looked for with `_Conv`, then
`_Gemm`, then `_MatMul` behind it. The weight is the first input that has `.weight` (Conv, Gemm) or `MatMul` (MatMul)
in its name. https://github.com/ssube/onnx-web/blob/v0.12.0/api/onnx_web/convert/diffusion/lora.py
"""

import pytest
from onnx import NodeProto

from converter.graphs import ComponentKind, TemplateStore
from converter.graphs.modules import build_module
from tests.support.components import component_of, graph_of
from tests.support.sd1_models import pico

MARKS = {"Conv": ".weight", "Gemm": ".weight", "MatMul": "MatMul"}


def targets(kind: ComponentKind) -> list[str]:
    """The modules that a LoRA may change, as state dicts call them."""
    from torch.nn import Conv2d, Linear

    module = build_module(component_of(pico(), kind))
    return [name for name, child in module.named_modules() if isinstance(child, Conv2d | Linear)]


def found_by_onnx_web(nodes: dict[str, NodeProto], key: str) -> str:
    for operator, mark in MARKS.items():
        node = nodes.get(f"{key}_{operator}")
        if node is not None:
            return next(str(name) for name in node.input if mark in name)
    raise LookupError(key)


@pytest.mark.parametrize("kind", [ComponentKind.TEXT_ENCODER, ComponentKind.UNET])
def test_onnx_web_finds_the_weight_of_every_linear_layer_and_convolution(
    template_store: TemplateStore, kind: ComponentKind
) -> None:
    template = template_store.get(component_of(pico(), kind))
    sources = {parameter.name: parameter.source for parameter in template.parameters}
    nodes = {
        node.name.replace("/", "_").replace(".", "_").removeprefix("_"): node for node in graph_of(template).graph.node
    }
    modules = targets(kind)
    found = {module: sources[found_by_onnx_web(nodes, module.replace(".", "_"))] for module in modules}
    assert len(modules) > 10
    assert found == {module: f"{module}.weight" for module in modules}


@pytest.mark.parametrize("kind", [ComponentKind.TEXT_ENCODER, ComponentKind.UNET])
def test_no_two_nodes_have_one_name_once_separators_are_equal(
    template_store: TemplateStore, kind: ComponentKind
) -> None:
    names = [node.name for node in graph_of(template_store.get(component_of(pico(), kind))).graph.node]
    assert len({name.replace("/", "_").replace(".", "_") for name in names}) == len(names)


def test_onnx_web_finds_the_token_embedding_that_textual_inversion_extends(template_store: TemplateStore) -> None:
    graph = graph_of(template_store.get(component_of(pico(), ComponentKind.TEXT_ENCODER))).graph
    table = "text_model.embeddings.token_embedding.weight"
    assert [(node.op_type, list(node.input).index(table)) for node in graph.node if table in node.input] == [
        ("Gather", 0)
    ]
