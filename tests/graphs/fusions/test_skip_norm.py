"""Layer normalisation of a residual sum, on the graphs of the smallest model."""

import onnx
import pytest

from converter.graphs import ComponentKind, Template, TemplateStore, fused
from tests.support.components import component_of, graph_of
from tests.support.sd1_models import pico


@pytest.fixture(scope="module")
def unet(template_store: TemplateStore) -> Template:
    return fused(template_store.get(component_of(pico(), ComponentKind.UNET)))


@pytest.fixture(scope="module")
def text_encoder(template_store: TemplateStore) -> Template:
    return fused(template_store.get(component_of(pico(), ComponentKind.TEXT_ENCODER)))


def of_type(template: Template, operator: str) -> dict[str, onnx.NodeProto]:
    return {node.name: node for node in graph_of(template).graph.node if node.op_type == operator}


def test_the_norms_behind_a_residual_sum_are_fused_and_the_first_of_a_block_is_not(unet: Template) -> None:
    """The first reads what was reshaped from an image; the other two read sums."""
    plain = [name.rsplit("/", 2)[1] for name in of_type(unet, "LayerNormalization")]
    skips = [name.rsplit("/", 2)[1] for name in of_type(unet, "SkipLayerNormalization")]
    assert plain == ["norm1"] * 4
    assert skips == ["norm2", "norm3"] * 4


def test_tokens_and_positions_which_broadcast_are_not_fused(text_encoder: Template) -> None:
    assert list(of_type(text_encoder, "LayerNormalization")) == [
        "/text_model/encoder/layers.0/layer_norm1/LayerNormalization"
    ]
    assert len(of_type(text_encoder, "SkipLayerNormalization")) == 4


def test_a_sum_that_is_an_output_of_the_graph_keeps_its_name_and_place(text_encoder: Template) -> None:
    names = [value.name for value in graph_of(text_encoder).graph.output]
    assert names == ["last_hidden_state", "pooler_output", "hidden_states.0", "hidden_states.1", "hidden_states.2"]
    sums = {node.output[3] for node in of_type(text_encoder, "SkipLayerNormalization").values()}
    assert {"hidden_states.1", "hidden_states.2"} <= sums


def test_mean_and_deviation_which_nothing_reads_are_left_out(unet: Template) -> None:
    outputs = [tuple(node.output) for node in of_type(unet, "SkipLayerNormalization").values()]
    assert {found[1:3] for found in outputs} == {("", "")}
    assert all(found[0] and found[3] for found in outputs)


def test_the_bias_of_the_layer_before_goes_in_by_its_name(unet: Template) -> None:
    inputs = {name: list(node.input) for name, node in of_type(unet, "SkipLayerNormalization").items()}
    block = "mid_block.attentions.0.transformer_blocks.0"
    assert inputs["/mid_block/attentions.0/transformer_blocks.0/norm2/SkipLayerNormalization"][2:] == [
        f"{block}.norm2.weight",
        f"{block}.norm2.bias",
        f"{block}.attn1.to_out.0.bias",
    ]
