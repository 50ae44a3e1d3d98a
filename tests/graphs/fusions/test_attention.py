"""Attention on the graphs of the smallest model, and on ones in which one node was changed."""

from collections.abc import Callable
from dataclasses import replace
from math import sqrt

import numpy as np
import onnx
import pytest

from converter.graphs import ComponentKind, GraphError, Template, TemplateStore, fused
from tests.support.components import component_of, graph_of
from tests.support.sd1_models import pico

Change = Callable[[onnx.NodeProto], object]
ATTENTION = "/mid_block/attentions.0/transformer_blocks.0/attn2"
UNET_ATTENTIONS = [
    f"/{block}/transformer_blocks.0/{module}"
    for block in (
        "down_blocks.0/attentions.0",
        "mid_block/attentions.0",
        "up_blocks.1/attentions.0",
        "up_blocks.1/attentions.1",
    )
    for module in ("attn1", "attn2")
]


@pytest.fixture(scope="module")
def unet(template_store: TemplateStore) -> Template:
    return template_store.get(component_of(pico(), ComponentKind.UNET))


@pytest.fixture(scope="module")
def text_encoder(template_store: TemplateStore) -> Template:
    return template_store.get(component_of(pico(), ComponentKind.TEXT_ENCODER))


def attentions(template: Template) -> dict[str, onnx.NodeProto]:
    nodes = graph_of(template).graph.node
    return {node.name: node for node in nodes if node.op_type == "MultiHeadAttention"}


def with_node(template: Template, name: str, change: Change) -> Template:
    model = graph_of(template)
    change(next(node for node in model.graph.node if node.name == name))
    return replace(template, graph=model.SerializeToString())


def test_each_attention_becomes_one_node_in_its_module(unet: Template) -> None:
    result = fused(unet)
    assert list(attentions(result)) == [f"{module}/MultiHeadAttention" for module in UNET_ATTENTIONS]
    assert not [node.name for node in graph_of(result).graph.node if node.op_type == "Softmax"]


def test_it_reads_the_projections_and_the_next_one_reads_it(unet: Template) -> None:
    graph = graph_of(fused(unet)).graph
    makers = {name: node.name for node in graph.node for name in node.output}
    (node,) = [node for node in graph.node if node.name == f"{ATTENTION}/MultiHeadAttention"]
    assert [makers[name] for name in node.input] == [f"{ATTENTION}/to_{letter}/MatMul" for letter in "qkv"]
    readers = [reader.name for reader in graph.node if node.output[0] in reader.input]
    assert readers == [f"{ATTENTION}/to_out.0/MatMul"]


def test_heads_and_scale_are_those_of_the_config(unet: Template) -> None:
    """8 heads; the blocks are 32 and 64 wide."""
    told = {
        name: {item.name: onnx.helper.get_attribute_value(item) for item in node.attribute}
        for name, node in attentions(fused(unet)).items()
    }
    assert {each["num_heads"] for each in told.values()} == {8}
    scales = {name.startswith("/mid_block"): each["scale"] for name, each in told.items()}
    assert scales == pytest.approx({True: 1 / sqrt(64 / 8), False: 1 / sqrt(32 / 8)}, rel=1e-6)


def test_a_mask_goes_in_once_for_each_head_and_is_made_once(text_encoder: Template) -> None:
    graph = graph_of(fused(text_encoder)).graph
    masks = {node.input[5] for node in attentions(fused(text_encoder)).values()}
    (spread,) = [node for node in graph.node if node.op_type == "Expand" and node.output[0] in masks]
    sizes = next(node for node in graph.node if node.output[0] == spread.input[1])
    assert onnx.numpy_helper.to_array(sizes.attribute[0].t).tolist() == [1, 1, 1, 1]
    assert len(masks) == 1


def _permuted(*axes: int) -> Change:
    def change(node: onnx.NodeProto) -> None:
        node.attribute[0].ints[:] = axes

    return change


def _typed(operator: str) -> Change:
    def change(node: onnx.NodeProto) -> None:
        node.op_type = operator

    return change


def _reading(place: int, name: str) -> Change:
    def change(node: onnx.NodeProto) -> None:
        node.input[place] = name

    return change


@pytest.mark.parametrize(
    ("node", "change", "said"),
    [
        ("Transpose", _permuted(0, 1, 2, 3), r"attn2/Transpose: found \(0, 1, 2, 3\), expected \(0, 2, 1, 3\)"),
        ("Transpose_3", _permuted(2, 1, 0), r"attn2/Transpose_3: found \(2, 1, 0\), expected the last two axes exch"),
        ("Transpose_4", _permuted(0, 1, 2, 3), r"attn2/Transpose_4: found Transpose, expected a Transpose of \(0, 2"),
        ("Mul", _typed("Div"), r"attn2/MatMul: found Div, expected a value of Mul"),
        ("Mul", _reading(1, "encoder_hidden_states"), r"attn2/Mul: found no constant, expected a number to scale"),
        ("MatMul_1", _typed("Add"), r"attn2/Softmax: found Add behind it, expected MatMul"),
        ("Softmax", _reading(0, "sample"), r"attn2/Softmax: found a value of no node, expected a value of Add"),
    ],
)
def test_an_attention_in_another_form_is_refused_by_the_node_that_differs(
    unet: Template, node: str, change: Change, said: str
) -> None:
    with pytest.raises(GraphError, match=f"{said}.*so that it can be fused; report this"):
        fused(with_node(unet, f"{ATTENTION}/{node}", change))


def test_two_scales_are_refused(unet: Template) -> None:
    model = graph_of(unet)
    half = onnx.helper.make_node(
        "Constant", [], ["half"], name="/half", value=onnx.numpy_helper.from_array(np.array([0.5], np.float32))
    )
    model.graph.node.insert(0, half)
    changed = replace(unet, graph=model.SerializeToString())
    with pytest.raises(GraphError, match=r"attn2/Softmax: found heads 8, 8, 8, scales 0\.5, 0\.59"):
        fused(with_node(changed, f"{ATTENTION}/Mul", _reading(1, "half")))
