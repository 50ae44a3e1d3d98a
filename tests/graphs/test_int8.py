"""The 8-bit variant of a template: linear layers of transformers, and nothing else."""

from dataclasses import replace

import onnx
import pytest
from onnx import TensorProto, helper

from converter.graphs import (
    INT8_KINDS,
    ComponentKind,
    GraphError,
    InHalf,
    Parameter,
    Template,
    TemplateStore,
    in_int8,
    int8_key,
    is_in_blocks,
    making,
)
from converter.graphs.component import UNETS
from converter.registry import Precision
from tests.support.components import component_of, graph_of
from tests.support.family_components import family_component
from tests.support.sd1_models import pico

LINEAR = "text_model.encoder.layers.0.mlp.fc1.weight"
TRANSFORMERS = (
    ("sd1", ComponentKind.TEXT_ENCODER),
    ("sdxl", ComponentKind.TEXT_ENCODER_2),
    ("sdxl", ComponentKind.UNET),
    pytest.param("sd2", ComponentKind.UNET, marks=pytest.mark.slow),
    pytest.param("sd1-lcm", ComponentKind.UNET, marks=pytest.mark.slow),
    pytest.param("sd1", ComponentKind.CONTROLNET, marks=pytest.mark.slow),
)


def half_of(store: TemplateStore, architecture: str, kind: ComponentKind) -> Template:
    return store.get(family_component(architecture, kind), making(architecture, kind, Precision.FP16).passes)


def linear_template(parameter: Parameter, operator: str = "MatMul") -> Template:
    """The float16 graph `y = operator(x, parameter)`."""
    rows, columns = parameter.shape
    ports = [
        helper.make_tensor_value_info("x", TensorProto.FLOAT16, ["batch", rows]),
        helper.make_tensor_value_info(parameter.name, TensorProto.FLOAT16, [rows, columns]),
    ]
    output = helper.make_tensor_value_info("y", TensorProto.FLOAT16, ["batch", columns])
    node = helper.make_node(operator, ["x", parameter.name], ["y"], name=f"/fc1/{operator}")
    graph = helper.make_graph([node], "main_graph", ports, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return Template("0" * 64, model.SerializeToString(), (parameter,), 1, {})


def linear(columns: int = 64) -> Parameter:
    return Parameter("onnx::MatMul_fc1_weight", LINEAR, (columns, 48), (1, 0), "float16")


def test_the_levels_passes_are_float16_and_then_blocks() -> None:
    for kind in INT8_KINDS:
        made = making("sd1", kind, Precision.INT8)
        first, second = made.passes
        assert (made.precision, first) == (Precision.INT8, making("sd1", kind, Precision.FP16).passes[0])
        assert isinstance(first, InHalf)
        assert second.key("0") == int8_key("0") != "0"


@pytest.mark.parametrize("kind", [ComponentKind.VAE_ENCODER, ComponentKind.VAE_DECODER])
def test_vaes_are_what_they_are_in_float16(kind: ComponentKind) -> None:
    for architecture, precision in (("sd1", Precision.FP16), ("sdxl", Precision.FP32)):
        made = making(architecture, kind, Precision.INT8)
        assert made == making(architecture, kind, Precision.FP16)
        assert made.precision is precision


@pytest.mark.parametrize(("architecture", "kind"), TRANSFORMERS, ids=str)
def test_every_product_with_a_weight_of_a_transformer_reads_blocks_and_nothing_else_changes(
    template_store: TemplateStore, architecture: str, kind: ComponentKind
) -> None:
    half = half_of(template_store, architecture, kind)
    whole, found = graph_of(half).graph, graph_of(in_int8(half)).graph
    weights = {parameter.name: parameter for parameter in half.parameters if len(parameter.shape) == 2}
    quantised = 0
    for before, after in zip(whole.node, found.node, strict=True):
        if after.op_type != "MatMulNBits":
            # The guidance of LCM is a condition like the timestep, whatever operator its layer is traced to.
            assert before == after
            assert before.op_type != "MatMul" or before.input[1] not in weights or "cond_proj" in before.name
            continue
        quantised += 1
        weight = weights[before.input[1]]
        assert (before.op_type, before.name, list(before.output)) == ("MatMul", after.name, list(after.output))
        assert list(after.input) == [before.input[0], f"{weight.name}_int8", f"{weight.name}_int8_scales"]
        said = {each.name: each.i for each in after.attribute}
        assert said == {"K": weight.shape[0], "N": weight.shape[1], "bits": 8, "block_size": 32}
    assert quantised == sum(is_in_blocks(each.source, each.source_shape) for each in half.parameters) > 0
    assert list(found.output) == list(whole.output)


def test_parameters_keep_their_order_and_are_what_the_state_dict_has(template_store: TemplateStore) -> None:
    half = half_of(template_store, "sd1", ComponentKind.TEXT_ENCODER)
    found = in_int8(half)
    for before, after in zip(half.parameters, found.parameters, strict=True):
        assert (after.source, after.source_shape) == (before.source, before.source_shape)
        if not is_in_blocks(before.source, before.source_shape):
            assert after == before
            continue
        assert (after.blocks, after.permutation, after.dtype) == (32, None, "float16")
    assert (found.nodes, found.versions, found.key) == (half.nodes, half.versions, int8_key(half.key))


def test_a_template_in_blocks_is_read_back_as_it_was(template_store: TemplateStore) -> None:
    template = in_int8(half_of(template_store, "sd1", ComponentKind.TEXT_ENCODER))
    assert Template.from_onnx(template.to_onnx()) == template


def test_the_operators_that_are_not_onnxs_are_imported_and_the_file_is_as_old_as_before(
    template_store: TemplateStore,
) -> None:
    model = graph_of(in_int8(half_of(template_store, "sd1", ComponentKind.TEXT_ENCODER)))
    imported = {opset.domain: opset.version for opset in model.opset_import}
    assert (model.ir_version, imported) == (8, {"": 18, "com.microsoft": 1})
    assert not model.graph.initializer
    assert not model.graph.value_info


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("text_model.embeddings.token_embedding.weight", (49408, 768)),
        ("time_embedding.linear_1.weight", (1280, 320)),
        ("down_blocks.0.resnets.0.time_emb_proj.weight", (320, 1280)),
        ("text_projection.weight", (1280, 1280)),
        ("down_blocks.0.attentions.0.proj_in.weight", (320, 320, 1, 1)),
        ("down_blocks.0.attentions.0.norm.weight", (320,)),
        ("text_model.encoder.layers.0.mlp.fc1.weight", (3072, 752)),  # no whole number of blocks
    ],
)
def test_what_is_no_linear_layer_of_a_transformer_stays(name: str, shape: tuple[int, ...]) -> None:
    assert not is_in_blocks(name, shape)


@pytest.mark.parametrize(
    ("name", "shape"),
    [
        ("down_blocks.0.attentions.0.proj_in.weight", (320, 320)),
        ("mid_block.attentions.0.transformer_blocks.0.ff.net.0.proj.weight", (10240, 1280)),
        ("text_model.encoder.layers.11.self_attn.q_proj.weight", (768, 768)),
    ],
)
def test_linear_layers_of_transformers_are_in_blocks(name: str, shape: tuple[int, ...]) -> None:
    assert is_in_blocks(name, shape)


def test_the_graph_that_comes_out_is_checked_with_its_types() -> None:
    """A weight whose other side is cut to another length would be found by nothing before it runs."""
    template = linear_template(linear())
    assert [node.op_type for node in graph_of(in_int8(template)).graph.node] == ["MatMulNBits"]


@pytest.mark.parametrize(
    "change", [{"dtype": "float32"}, {"permutation": None, "shape": (48, 64)}], ids=["float32", "as it is"]
)
def test_a_linear_layer_that_is_stored_in_another_way_is_refused_by_name(change: dict[str, object]) -> None:
    with pytest.raises(GraphError, match=r"fc1\.weight is stored in .*expected a linear layer's weight in float16"):
        in_int8(linear_template(replace(linear(), **change)))  # type: ignore[arg-type]  # any field


def test_a_weight_that_something_else_reads_is_refused_by_the_name_of_the_node() -> None:
    with pytest.raises(GraphError, match=r"/fc1/Mul: input 1 of a Mul is a weight .*expected it to be the second"):
        in_int8(linear_template(linear(), "Mul"))


def test_only_unets_and_text_encoders_are_made_so() -> None:
    assert {*INT8_KINDS} == {ComponentKind.TEXT_ENCODER, ComponentKind.TEXT_ENCODER_2, *UNETS}


def test_the_same_template_gives_the_same_bytes(template_store: TemplateStore) -> None:
    passes = making("sd1", ComponentKind.UNET, Precision.INT8).passes
    kept = template_store.get(component_of(pico(), ComponentKind.UNET), passes)
    half = template_store.get(component_of(pico(), ComponentKind.UNET), passes[:-1])
    assert in_int8(half) == kept
    onnx.checker.check_model(graph_of(kept))
