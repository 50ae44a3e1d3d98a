"""A fused template: the same ports and parameters, and every name that clients look for."""

from pathlib import Path

import pytest

from converter.graphs import (
    ComponentKind,
    Fuse,
    Template,
    TemplateStore,
    bind,
    fused,
    fused_key,
    fused_operators,
    in_half,
)
from converter.graphs.float32_nodes import half_variant
from converter.parity import LIMITS, Limits, measure
from converter.registry import Precision
from tests.support.components import component_of, graph_of, weights_of
from tests.support.sd1_models import pico

COUNTS = {
    ComponentKind.TEXT_ENCODER: {"MultiHeadAttention": 2, "QuickGelu": 2, "SkipLayerNormalization": 4},
    ComponentKind.UNET: {"Gelu": 4, "MultiHeadAttention": 8, "SkipLayerNormalization": 8},
    ComponentKind.VAE_ENCODER: {"MultiHeadAttention": 1},
    ComponentKind.VAE_DECODER: {"MultiHeadAttention": 1},
}


def test_every_attention_norm_of_a_sum_and_gelu_is_fused(kind: ComponentKind, template: Template) -> None:
    assert fused_operators(template) == {}
    assert fused_operators(fused(template)) == COUNTS[kind]


def test_ports_and_parameters_stay(kind: ComponentKind, template: Template) -> None:
    plain, result = graph_of(template).graph, graph_of(fused(template)).graph
    assert list(result.input) == list(plain.input)
    assert list(result.output) == list(plain.output)
    assert fused(template).parameters == template.parameters


def test_what_is_left_keeps_its_name_among_it_every_layer_with_a_weight(
    kind: ComponentKind, template: Template
) -> None:
    def layers(found: Template) -> list[tuple[str, list[str]]]:
        names = {parameter.name for parameter in found.parameters}
        nodes = (node for node in graph_of(found).graph.node if node.op_type in ("MatMul", "Gemm", "Conv", "Gather"))
        return [(node.name, used) for node in nodes if (used := [name for name in node.input if name in names])]

    result = fused(template)
    assert layers(result) == layers(template)
    names = [node.name for node in graph_of(result).graph.node]
    new = {node.name for node in graph_of(result).graph.node if node.domain or node.name.startswith("/fusion/")}
    assert len(set(names)) == len(names) == result.nodes
    assert set(names) - {node.name for node in graph_of(template).graph.node} == new


def test_the_file_says_whose_operators_it_has_and_nothing_of_how_it_was_made(template: Template) -> None:
    model = graph_of(fused(template))
    opsets = {opset.domain: opset.version for opset in model.opset_import}
    assert (model.ir_version, opsets) == (8, {"": 18, "com.microsoft": 1})
    assert not model.graph.initializer
    assert not model.graph.value_info


def test_it_is_the_same_bytes_again_and_is_read_back(template: Template) -> None:
    result = fused(template)
    assert fused(template).to_onnx() == result.to_onnx()
    assert Template.from_onnx(result.to_onnx()) == result


def test_the_key_is_that_of_the_template_and_the_pass(template: Template) -> None:
    assert fused(template).key == fused_key(template.key) == Fuse().key(template.key)
    assert fused_key(template.key) not in (template.key, fused_key("0" * 64))


def test_it_computes_what_pytorch_computes(kind: ComponentKind, template: Template, tmp_path: Path) -> None:
    weights = weights_of(pico(), kind)
    bind(fused(template), weights, tmp_path / kind)
    measured = measure(component_of(pico(), kind), weights, tmp_path / kind)
    strict = Limits(max_abs=1e-4, psnr_db=LIMITS["fp32"].psnr_db + 10)
    assert [measurement.difference.within(strict) for measurement in measured] == [True, True], measured


@pytest.mark.parametrize("precision", [Precision.FP16_INTERNAL, Precision.FP16])
def test_float16_of_it_keeps_the_gate(
    kind: ComponentKind, template: Template, precision: Precision, tmp_path: Path
) -> None:
    variant = half_variant("sd1", kind, precision, fused=True)
    assert variant is not None
    weights = weights_of(pico(), kind)
    bind(in_half(fused(template), variant), weights, tmp_path / kind)
    measured = measure(component_of(pico(), kind), weights, tmp_path / kind, precision)
    assert [measurement.difference.within(LIMITS[precision]) for measurement in measured] == [True, True], measured


def test_norms_of_sums_and_attention_of_stable_diffusion_2_are_float32_in_float16(
    template_store: TemplateStore,
) -> None:
    whole = fused(template_store.get(component_of(pico(), ComponentKind.UNET)))
    variant = half_variant("sd2", ComponentKind.UNET, Precision.FP16, fused=True)
    assert variant is not None
    graph = graph_of(in_half(whole, variant)).graph
    cast = {name for node in graph.node if node.op_type == "Cast" for name in node.output}
    fed = {
        node.op_type: [name in cast for name in node.input if not name.endswith(("weight", "bias"))]
        for node in graph.node
        if node.op_type in ("MultiHeadAttention", "SkipLayerNormalization")
    }
    assert all(fed["MultiHeadAttention"])
    assert any(fed["SkipLayerNormalization"])
    stored = {parameter.source: parameter.dtype for parameter in in_half(whole, variant).parameters}
    assert {dtype for name, dtype in stored.items() if ".norm2." in name and "transformer" in name} == {"float32"}
