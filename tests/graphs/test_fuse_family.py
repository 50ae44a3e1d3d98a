"""Every attention of every sort of graph is fused: as many as its torch module has."""

import pytest
from onnx import numpy_helper

from converter.graphs import Component, ComponentKind, TemplateStore, fused, fused_operators
from converter.graphs.modules import build_module
from tests.support.components import component_of, graph_of
from tests.support.family_components import NEW_KINDS, family_component
from tests.support.sd1_models import sd15

pytestmark = pytest.mark.slow


def attentions(component: Component) -> int:
    """By the names of diffusers' and transformers' classes."""
    return sum(type(module).__name__ in ("Attention", "CLIPAttention") for module in build_module(component).modules())


@pytest.mark.parametrize(("architecture", "kind"), NEW_KINDS)
def test_each_attention_of_a_graph_is_fused(
    template_store: TemplateStore, architecture: str, kind: ComponentKind
) -> None:
    component = family_component(architecture, kind)
    result = fused(template_store.get(component))
    left = {node.op_type for node in graph_of(result).graph.node} & {"Softmax", "Erf"}
    assert (fused_operators(result)["MultiHeadAttention"], left) == (attentions(component), set())


def test_a_mask_is_spread_over_the_heads(template_store: TemplateStore) -> None:
    component = family_component("sdxl", ComponentKind.TEXT_ENCODER_2)
    graph = graph_of(fused(template_store.get(component))).graph
    (mask,) = {node.input[5] for node in graph.node if node.op_type == "MultiHeadAttention"}
    spread = next(node for node in graph.node if mask in node.output)
    sizes = next(node for node in graph.node if spread.input[1] in node.output)
    heads = component.integer("num_attention_heads")
    assert heads > 1
    assert numpy_helper.to_array(sizes.attribute[0].t).tolist() == [1, heads, 1, 1]


def test_the_unet_of_stable_diffusion_15_has_32_attentions_and_16_gelus(template_store: TemplateStore) -> None:
    component = component_of(sd15(), ComponentKind.UNET)
    assert attentions(component) == 32
    assert fused_operators(fused(template_store.get(component))) == {
        "Gelu": 16,
        "MultiHeadAttention": 32,
        "SkipLayerNormalization": 32,
    }
