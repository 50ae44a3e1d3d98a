"""What every traced graph keeps: the contract of the universal folder, which clients rely on by name and position."""

import gc
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

import onnx
import pytest
from onnx import NodeProto, TensorProto, ValueInfoProto

from converter.graphs import Component, ComponentKind, GraphError, Port, Template, TemplateStore, ports_of
from converter.graphs.modules import build_module
from converter.graphs.trace import trace
from tests.support.components import component_of, graph_of
from tests.support.sd1_models import pico

ELEMENTS: Mapping[int, Literal["float32", "int32"]] = {TensorProto.FLOAT: "float32", TensorProto.INT32: "int32"}


def port_of(value: ValueInfoProto) -> Port:
    tensor = value.type.tensor_type
    assert tensor.HasField("shape"), f"{value.name} has no rank"
    return Port(
        value.name, ELEMENTS[tensor.elem_type], tuple(axis.dim_param or axis.dim_value for axis in tensor.shape.dim)
    )


def inputs_of(node: NodeProto, op_types: set[str]) -> Iterator[str]:
    if node.op_type in op_types:
        yield from node.input


def test_real_inputs_come_first_and_are_the_ports(kind: ComponentKind, template: Template) -> None:
    expected = ports_of(component_of(pico(), kind)).inputs
    found = tuple(port_of(value) for value in graph_of(template).graph.input[: len(expected)])
    assert found == expected


def test_outputs_are_the_ports(kind: ComponentKind, template: Template) -> None:
    found = tuple(port_of(value) for value in graph_of(template).graph.output)
    assert found == ports_of(component_of(pico(), kind)).outputs


def test_the_rest_of_the_inputs_are_the_parameters_in_their_order(kind: ComponentKind, template: Template) -> None:
    real = len(ports_of(component_of(pico(), kind)).inputs)
    found = [(value.name, port_of(value).shape) for value in graph_of(template).graph.input[real:]]
    assert found == [(parameter.name, parameter.shape) for parameter in template.parameters]


def test_each_parameter_of_the_torch_module_is_in_the_graph_in_its_order(
    kind: ComponentKind, template: Template
) -> None:
    module = build_module(component_of(pico(), kind))
    expected = [(name, tuple(parameter.shape)) for name, parameter in module.named_parameters()]
    assert [(parameter.source, parameter.source_shape) for parameter in template.parameters] == expected


def test_the_opset_is_18_of_the_default_domain_alone(template: Template) -> None:
    model = graph_of(template)
    assert [(opset.domain, opset.version) for opset in model.opset_import] == [("", 18)]
    assert {node.domain for node in model.graph.node} == {""}


def test_the_ir_version_is_8(template: Template) -> None:
    assert graph_of(template).ir_version == 8


def test_there_are_no_local_functions(template: Template) -> None:
    assert not graph_of(template).functions


def test_there_is_nothing_of_the_exporter_in_the_file(template: Template) -> None:
    model = graph_of(template)
    commented = [model, model.graph, *model.graph.node, *model.graph.input, *model.graph.output]
    assert not any(item.doc_string for item in commented)
    assert not any(item.metadata_props for item in commented)
    assert not any(node.overload for node in model.graph.node)
    assert (model.producer_name, model.producer_version) == ("onnx-registry", "")
    assert b".py" not in template.graph


def test_there_are_no_types_of_intermediate_values(template: Template) -> None:
    assert not graph_of(template).graph.value_info


def test_constants_are_nodes_and_no_initializer_is_left(template: Template) -> None:
    graph = graph_of(template).graph
    assert not graph.initializer
    constants = [node.op_type == "Constant" for node in graph.node]
    assert any(constants)
    assert constants == sorted(constants, reverse=True), "they come first"


def test_weights_are_the_only_initializers_of_a_bound_graph(template: Template, bound: Path) -> None:
    graph = onnx.load(bound / "model.onnx", load_external_data=False).graph
    expected = [(parameter.name, parameter.shape) for parameter in template.parameters]
    assert [(tensor.name, tuple(tensor.dims)) for tensor in graph.initializer] == expected
    assert {tensor.data_type for tensor in graph.initializer} == {TensorProto.FLOAT}
    assert not {value.name for value in graph.input} & {tensor.name for tensor in graph.initializer}


def test_all_weights_of_a_bound_graph_are_in_one_file_beside_it(bound: Path) -> None:
    graph = onnx.load(bound / "model.onnx", load_external_data=False).graph
    assert {tensor.data_location for tensor in graph.initializer} == {TensorProto.EXTERNAL}
    places = [{entry.key: entry.value for entry in tensor.external_data} for tensor in graph.initializer]
    assert {place["location"] for place in places} == {"weights.pb"}
    assert sorted(file.name for file in bound.iterdir()) == ["model.onnx", "weights.pb"]


def test_the_checker_accepts_a_bound_graph(bound: Path) -> None:
    onnx.checker.check_model(str(bound / "model.onnx"), full_check=True)


def test_no_node_name_is_used_twice_and_none_is_empty(template: Template) -> None:
    counts = Counter(node.name for node in graph_of(template).graph.node)
    assert "" not in counts
    assert set(counts.values()) == {1}


def test_nodes_are_called_by_the_path_of_their_module(kind: ComponentKind, template: Template) -> None:
    modules = {name for name, _ in build_module(component_of(pico(), kind)).named_modules()}
    for node in graph_of(template).graph.node:
        path, _, operator = node.name.rpartition("/")
        assert re.fullmatch(rf"{node.op_type}(_\d+)?", operator)
        assert path.removeprefix("/").replace("/", ".") in modules, node.name


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (ComponentKind.UNET, "/down_blocks.0/attentions.0/transformer_blocks.0/attn1/to_q/MatMul"),
        (ComponentKind.UNET, "/down_blocks.0/attentions.0/transformer_blocks.0/attn1/to_out.0/MatMul"),
        (ComponentKind.UNET, "/down_blocks.0/attentions.0/transformer_blocks.0/ff/net.0/proj/MatMul"),
        (ComponentKind.UNET, "/mid_block/resnets.1/time_emb_proj/Gemm"),
        (ComponentKind.UNET, "/up_blocks.0/upsamplers.0/conv/Conv"),
        (ComponentKind.TEXT_ENCODER, "/text_model/encoder/layers.0/self_attn/q_proj/MatMul"),
        (ComponentKind.VAE_DECODER, "/decoder/mid_block/attentions.0/to_q/MatMul"),
        (ComponentKind.VAE_ENCODER, "/quant_conv/Conv"),
    ],
)
def test_nodes_have_the_names_that_torchscript_gave_them(
    template_store: TemplateStore, kind: ComponentKind, name: str
) -> None:
    template = template_store.get(component_of(pico(), kind))
    assert name in {node.name for node in graph_of(template).graph.node}


def test_weights_of_linear_layers_without_gemm_are_stored_transposed_under_one_undotted_name(
    template: Template,
) -> None:
    transposed = [parameter for parameter in template.parameters if parameter.permutation is not None]
    assert transposed
    for parameter in transposed:
        assert parameter.name == f"onnx::MatMul_{parameter.source.replace('.', '_')}"
        assert parameter.name.endswith("_weight")
        assert parameter.permutation == (1, 0)


def test_every_other_weight_keeps_its_dotted_name(template: Template) -> None:
    for parameter in template.parameters:
        if parameter.permutation is None:
            assert parameter.name == parameter.source


def test_each_weight_of_a_matmul_is_stored_transposed(template: Template) -> None:
    stored = {parameter.name: parameter.permutation for parameter in template.parameters}
    used = {name for node in graph_of(template).graph.node for name in inputs_of(node, {"MatMul"}) if name in stored}
    assert used
    assert {stored[name] for name in used} == {(1, 0)}


def test_no_transpose_of_a_weight_is_left(template: Template) -> None:
    stored = {parameter.name for parameter in template.parameters}
    assert not [node.name for node in graph_of(template).graph.node if {*inputs_of(node, {"Transpose"})} & stored]


def test_no_activation_has_a_name_that_is_looked_for_among_weights(template: Template) -> None:
    stored = {parameter.name for parameter in template.parameters}
    activations = {name for node in graph_of(template).graph.node for name in (*node.input, *node.output)} - stored
    assert not [name for name in activations if "MatMul" in name or ".weight" in name]


def test_parameters_of_the_text_encoder_have_the_prefix_that_transformers_5_dropped(
    template_store: TemplateStore,
) -> None:
    template = template_store.get(component_of(pico(), ComponentKind.TEXT_ENCODER))
    assert {parameter.source.partition(".")[0] for parameter in template.parameters} == {"text_model"}
    assert "text_model.embeddings.token_embedding.weight" in {parameter.name for parameter in template.parameters}


def test_the_timestep_is_a_scalar_that_is_only_expanded(template_store: TemplateStore) -> None:
    graph = graph_of(template_store.get(component_of(pico(), ComponentKind.UNET))).graph
    timestep = next(value for value in graph.input if value.name == "timestep")
    assert port_of(timestep).shape == ()
    assert [node.op_type for node in graph.node if "timestep" in node.input] == ["Expand"]


def test_a_config_that_takes_further_inputs_is_refused_by_name() -> None:
    unet = component_of(pico(), ComponentKind.UNET)
    with_classes = Component(ComponentKind.UNET, {**unet.config, "class_embed_type": "timestep"})
    with pytest.raises(GraphError, match=r"unet: torch .* cannot trace it: class_labels"):
        trace(with_classes)


def test_no_dead_objects_are_searched_for_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def build(component: object) -> None:
        seen.append(gc.isenabled())
        raise GraphError(str(component))

    monkeypatch.setattr("converter.graphs.trace.build_module", build)
    with pytest.raises(GraphError):
        trace(component_of(pico(), ComponentKind.UNET))
    assert (seen, gc.isenabled()) == ([False], True)
