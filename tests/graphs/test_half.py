from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from converter.graphs import (
    ComponentKind,
    GraphError,
    HalfVariant,
    InHalf,
    Parameter,
    Template,
    TemplateStore,
    half_key,
    half_variant,
    in_half,
)
from converter.registry import Precision
from tests.support.components import component_of, graph_of
from tests.support.family_components import family_component
from tests.support.sd1_models import pico
from tests.support.tiny_templates import as_it_is, tiny_template

if TYPE_CHECKING:
    from onnx import ValueInfoProto

FLOAT, HALF, INT = 1, 10, 6
LEVELS = (Precision.FP16_INTERNAL, Precision.FP16)


def variant_for(kind: ComponentKind, precision: Precision, architecture: str = "sd1") -> HalfVariant:
    found = half_variant(architecture, kind, precision)
    assert found is not None
    return found


def types_of(values: Iterator["ValueInfoProto"]) -> Mapping[str, int]:
    return {value.name: value.type.tensor_type.elem_type for value in values}


def ports_of(template: Template) -> Mapping[str, int]:
    parameters = {parameter.name for parameter in template.parameters}
    graph = graph_of(template).graph
    return types_of(value for value in (*graph.input, *graph.output) if value.name not in parameters)


def computed_types(template: Template) -> Mapping[str, int]:
    """Node name to the type of its first output."""
    import onnx

    graph = onnx.shape_inference.infer_shapes(graph_of(template), strict_mode=True).graph
    types = types_of(iter((*graph.value_info, *graph.output)))
    return {node.name: types[node.output[0]] for node in graph.node}


@pytest.fixture(scope="module")
def unet(template_store: TemplateStore) -> Template:
    return template_store.get(component_of(pico(), ComponentKind.UNET))


@pytest.fixture(scope="module")
def xl_unet(template_store: TemplateStore) -> Template:
    return template_store.get(family_component("sdxl", ComponentKind.UNET))


def test_internal_float16_keeps_every_port(kind: ComponentKind, template: Template) -> None:
    assert ports_of(in_half(template, variant_for(kind, Precision.FP16_INTERNAL))) == ports_of(template)


def test_float16_has_float16_ports_but_for_ids_and_the_timestep(kind: ComponentKind, template: Template) -> None:
    ports = ports_of(in_half(template, variant_for(kind, Precision.FP16)))
    kept = {"timestep": FLOAT, "input_ids": INT}
    assert ports == {name: kept.get(name, HALF) for name in ports_of(template)}


@pytest.mark.parametrize("precision", LEVELS)
def test_shapes_of_ports_stay(kind: ComponentKind, template: Template, precision: Precision) -> None:
    def shapes(found: Template) -> list[tuple[str, str]]:
        graph = graph_of(found).graph
        return [(value.name, str(value.type.tensor_type.shape)) for value in (*graph.input, *graph.output)]

    assert shapes(in_half(template, variant_for(kind, precision))) == shapes(template)


@pytest.mark.parametrize("precision", LEVELS)
def test_every_traced_node_keeps_its_name_and_its_parameters(
    kind: ComponentKind, template: Template, precision: Precision
) -> None:
    """onnx-web finds what it blends a LoRA into by the name of the node, and takes the weight beside it."""

    def wanted(found: Template) -> dict[str, list[str]]:
        names = {parameter.name for parameter in found.parameters}
        nodes = (node for node in graph_of(found).graph.node if node.op_type in ("MatMul", "Conv", "Gather"))
        return {node.name: [name for name in node.input if name in names] for node in nodes}

    half = in_half(template, variant_for(kind, precision))
    assert wanted(half) == wanted(template)
    names = [node.name for node in graph_of(half).graph.node]
    assert len(set(names)) == len(names) == half.nodes


def test_the_file_is_one_that_old_runtimes_read(unet: Template) -> None:
    model = graph_of(in_half(unet, variant_for(ComponentKind.UNET, Precision.FP16)))
    assert (model.ir_version, [(opset.domain, opset.version) for opset in model.opset_import]) == (8, [("", 18)])
    assert not model.graph.initializer
    assert not model.graph.value_info


@pytest.mark.parametrize("precision", LEVELS)
def test_norms_softmax_and_the_angles_of_the_timestep_are_float32(xl_unet: Template, precision: Precision) -> None:
    half = in_half(xl_unet, variant_for(ComponentKind.UNET, precision, "sdxl"))
    types = computed_types(half)
    kept = {"LayerNormalization", "Softmax", "Sin", "Cos"}
    found = {node.op_type for node in graph_of(half).graph.node if node.op_type in kept and types[node.name] == FLOAT}
    assert found == kept
    assert {types[name] for name in types if name.startswith(("/time_proj/", "/add_time_proj/"))} == {FLOAT}
    assert types["/Expand"] == FLOAT
    assert {types[node.name] for node in graph_of(half).graph.node if node.op_type in ("Conv", "MatMul")} == {HALF}


def test_attention_of_stable_diffusion_2_multiplies_in_float32_and_projects_in_float16(unet: Template) -> None:
    types = computed_types(in_half(unet, variant_for(ComponentKind.UNET, Precision.FP16, "sd2")))
    products = {types[name] for name in types if name.endswith(("/attn1/MatMul", "/attn2/MatMul_1"))}
    projections = {types[name] for name in types if name.endswith(("/to_q/MatMul", "/to_out.0/MatMul"))}
    assert (products, projections) == ({FLOAT}, {HALF})


@pytest.mark.parametrize("precision", LEVELS)
def test_a_parameter_is_float32_where_only_kept_nodes_read_it(unet: Template, precision: Precision) -> None:
    half = in_half(unet, variant_for(ComponentKind.UNET, precision))
    declared = types_of(iter(graph_of(half).graph.input))
    assert all(declared[p.name] == (HALF if p.dtype == "float16" else FLOAT) for p in half.parameters)
    kept = {parameter.source for parameter in half.parameters if parameter.dtype == "float32"}
    norms = {p.source for p in unet.parameters if ".transformer_blocks." in p.source and ".norm" in p.source}
    assert kept == norms != set()


def test_it_is_the_same_bytes_again(kind: ComponentKind, template: Template) -> None:
    variant = variant_for(kind, Precision.FP16_INTERNAL)
    assert in_half(template, variant).to_onnx() == in_half(template, variant).to_onnx()


def test_it_is_read_back_as_it_was(unet: Template) -> None:
    half = in_half(unet, variant_for(ComponentKind.UNET, Precision.FP16))
    assert Template.from_onnx(half.to_onnx()) == half


def test_a_template_in_float32_says_nothing_of_dtypes(unet: Template) -> None:
    """Stores of before there was float16 hold the same bytes."""
    assert b'"dtype"' not in unet.to_onnx()


def test_a_subgraph_is_refused() -> None:
    from onnx import TensorProto, helper

    template = tiny_template([as_it_is("w", 2)])
    model = graph_of(template)
    body = helper.make_graph(
        [helper.make_node("Neg", ["x"], ["z"])],
        "body",
        [],
        [helper.make_tensor_value_info("z", TensorProto.FLOAT, [2])],
    )
    truth = helper.make_node(
        "Constant", [], ["truth"], name="/C", value=helper.make_tensor("t", TensorProto.BOOL, [], [1])
    )
    choice = helper.make_node("If", ["truth"], ["y"], name="/If", then_branch=body, else_branch=body)
    del model.graph.node[:]
    model.graph.node.extend([truth, choice])
    with pytest.raises(GraphError, match="/If has a subgraph"):
        in_half(
            replace(template, graph=model.SerializeToString()), variant_for(ComponentKind.VAE_DECODER, Precision.FP16)
        )


def test_the_store_keeps_each_variant_beside_the_float32_template(
    tmp_path: Path, template_store: TemplateStore
) -> None:
    component = component_of(pico(), ComponentKind.VAE_DECODER)
    whole = template_store.get(component)
    store = TemplateStore(tmp_path)
    store._cache.save(whole.key, whole.to_onnx())
    variants = [variant_for(ComponentKind.VAE_DECODER, precision) for precision in LEVELS]
    made = [store.get(component, (InHalf(variant),)) for variant in variants]
    keys = {path.name.partition(".")[0] for path in tmp_path.glob("*.onnx")}
    assert keys == {whole.key, *(half_key(whole.key, variant) for variant in variants)}
    assert [store.get(component, (InHalf(variant),)) for variant in variants] == made
    assert store.get(component) == whole


def test_other_rules_are_another_variant() -> None:
    variant = variant_for(ComponentKind.UNET, Precision.FP16)
    keys = {half_key("0" * 64, each) for each in (variant, replace(variant, float32=variant.float32[:1]))}
    assert len(keys | {half_key("1" * 64, variant)}) == 3


def test_new_rows_of_tokens_are_float16_too(template_store: TemplateStore) -> None:
    encoder = component_of(pico(), ComponentKind.TEXT_ENCODER)
    half = template_store.get(encoder, (InHalf(variant_for(ComponentKind.TEXT_ENCODER, Precision.FP16)),))
    source = "text_model.embeddings.token_embedding.weight"
    more = half.with_rows(source, 3)
    (embedding,) = [parameter for parameter in more.parameters if parameter.source == source]
    assert isinstance(embedding, Parameter)
    assert (embedding.dtype, embedding.shape[0]) == ("float16", encoder.integer("vocab_size") + 3)
