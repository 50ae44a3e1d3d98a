"""The contract on a real tiny release: it passes, and each kind of damage is found and named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from tests.support.contract_facts import Change, facts_of, rename_weight, said, with_graph
from tests.support.release_folders import copied, fault_of, reissued

TO_Q = "onnx::MatMul_mid_block_attentions_0_transformer_blocks_0_attn1_to_q_weight"


def _node(model: onnx.ModelProto, name: str) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.name == name)


def _swap_outputs(model: onnx.ModelProto) -> None:
    first, second, *rest = model.graph.output
    kept = [onnx.ValueInfoProto.FromString(value.SerializeToString()) for value in (second, first, *rest)]
    del model.graph.output[:]
    model.graph.output.extend(kept)


def _rename_input(model: onnx.ModelProto) -> None:
    model.graph.input[0].name = "latents"


def _int64(model: onnx.ModelProto) -> None:
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64


def _fixed_batch(model: onnx.ModelProto) -> None:
    axis = model.graph.input[0].type.tensor_type.shape.dim[0]
    axis.Clear()
    axis.dim_value = 2


def _timestep_of_rank_1(model: onnx.ModelProto) -> None:
    model.graph.input[1].type.tensor_type.shape.dim.add().dim_param = "steps"


def _no_shape(model: onnx.ModelProto) -> None:
    model.graph.input[1].type.tensor_type.ClearField("shape")


def _weight_as_input(model: onnx.ModelProto) -> None:
    model.graph.input.append(helper.make_tensor_value_info("conv_in.bias", TensorProto.FLOAT, [32]))


def _without(count: int) -> Change:
    def change(model: onnx.ModelProto) -> None:
        del model.graph.output[-count:]

    return change


PORTS: list[tuple[str, Change, str]] = [
    ("unet", _rename_input, "input 0: found latents: float32 [batch, 4, height, width], expected sample: float32"),
    ("text_encoder", _int64, "input 0: found input_ids: int64 [batch, sequence], expected input_ids: int32"),
    ("text_encoder", _swap_outputs, "output 0: found pooler_output: float32 [batch, 64], expected last_hidden_state"),
    ("vae_encoder", _swap_outputs, "output 1: found latent_sample: float32"),
    ("text_encoder", _without(1), "output 4: found none, expected hidden_states.2: float32 [batch, sequence, 64]"),
    ("unet", _fixed_batch, "input 0: found sample: float32 [2, 4, height, width], expected sample: float32 [batch"),
    ("unet", _timestep_of_rank_1, "input 1: found timestep: float32 [steps], expected timestep: float32 []"),
    ("unet", _no_shape, "input 1: found timestep: float32 no shape, expected timestep: float32 []"),
    ("unet", _weight_as_input, "input 3: found conv_in.bias: float32 [32], expected none"),
]


def test_a_release_keeps_the_contract(pico_release: Path) -> None:
    assert said(facts_of(pico_release)) == ""


@pytest.mark.parametrize(("graph", "change", "expected"), PORTS)
def test_another_port_is_named_with_both_forms(pico_release: Path, graph: str, change: Change, expected: str) -> None:
    assert f"{graph}/model.onnx: {expected}" in said(with_graph(pico_release, graph, change))


def _ir_9(model: onnx.ModelProto) -> None:
    model.ir_version = 9


def _opset_20(model: onnx.ModelProto) -> None:
    model.opset_import[0].version = 20


def _foreign_operator(model: onnx.ModelProto) -> None:
    _node(model, "/conv_in/Conv").domain = "com.microsoft"


def _foreign_import(model: onnx.ModelProto) -> None:
    model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def _function(model: onnx.ModelProto) -> None:
    model.functions.append(helper.make_function("local", "Twice", ["x"], ["y"], [], [helper.make_opsetid("", 18)]))


def _value_info(model: onnx.ModelProto) -> None:
    model.graph.value_info.append(helper.make_tensor_value_info("value_32", TensorProto.FLOAT, None))


def _node_metadata(model: onnx.ModelProto) -> None:
    model.graph.node[-1].metadata_props.add(key="from", value="a trace")


def _constant_as_weight(model: onnx.ModelProto) -> None:
    model.graph.initializer.append(helper.make_tensor("val_3", TensorProto.INT64, [1], [0]))


def _reshaped_timestep(model: onnx.ModelProto) -> None:
    model.graph.node.append(helper.make_node("Reshape", ["timestep", "value_1"], ["flat"], name="/flat/Reshape"))


FORMS: list[tuple[Change, str]] = [
    (_ir_9, "unet/model.onnx: found IR version 9, expected 8"),
    (_opset_20, "unet/model.onnx: found opset 20, expected 18"),
    (
        _foreign_operator,
        "unet/model.onnx: /conv_in/Conv: found Conv of com.microsoft, expected standard operators only",
    ),
    (_foreign_import, "unet/model.onnx: found operators of com.microsoft imported, expected standard operators only"),
    (_function, "unet/model.onnx: found local functions Twice, expected none"),
    (_value_info, "unet/model.onnx: found types or metadata on value_32, expected none"),
    (_node_metadata, "unet/model.onnx: found types or metadata on /conv_out/Conv, expected none"),
    (_constant_as_weight, "unet/model.onnx: found initializers val_3, expected parameters only"),
    (_reshaped_timestep, "unet/model.onnx: /flat/Reshape: found Reshape of the timestep, expected Expand only"),
]


@pytest.mark.parametrize(("change", "expected"), FORMS)
def test_another_form_of_a_graph_is_named(pico_release: Path, change: Change, expected: str) -> None:
    assert expected in said(with_graph(pico_release, "unet", change))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda facts: replace(facts, architecture="sd9"),
            "manifest.json: architecture: found sd9, expected one of sd1",
        ),
        (lambda facts: replace(facts, precision="fp4"), "manifest.json: found precision fp4, optimize none, expected"),
        (lambda facts: replace(facts, optimize="all"), "manifest.json: found precision fp32, optimize all, expected"),
    ],
)
def test_a_kind_of_release_that_no_client_knows_is_named(
    pico_release: Path, change: Callable[..., object], expected: str
) -> None:
    assert said(change(facts_of(pico_release))).startswith(expected)  # type: ignore[arg-type]


def test_a_graph_that_is_missing_and_one_too_many_are_named(pico_release: Path) -> None:
    facts = facts_of(pico_release)
    graphs = {"text_encoder_2" if name == "vae_encoder" else name: graph for name, graph in facts.graphs.items()}
    found = said(replace(facts, graphs=graphs))
    assert "vae_encoder/model.onnx: found no such graph, expected one in every release of sd1" in found
    assert "text_encoder_2/model.onnx: found a graph, expected none; sd1 has no text_encoder_2" in found


def test_a_level_with_float16_ports_wants_them_but_for_the_timestep(pico_release: Path) -> None:
    found = said(replace(facts_of(pico_release), precision="fp16"))
    assert (
        "unet/model.onnx: input 0: found sample: float32 [batch, 4, height, width], expected sample: float16" in found
    )
    assert "expected timestep" not in found
    assert "expected input_ids" not in found


def test_levels_that_cannot_blend_may_use_the_operators_of_onnxruntime_and_say_that_they_cannot(
    pico_release: Path,
) -> None:
    def change(model: onnx.ModelProto) -> None:
        _foreign_operator(model)
        rename_weight(model, TO_Q, "packed")

    facts = with_graph(pico_release, "unet", change)
    int8 = replace(facts, precision="int8", runtime_blending=True, minimum_onnxruntime="1.23")
    assert "manifest.json: runtime_blending: found true, expected false of precision int8, optimize none" in said(int8)


def test_a_fused_level_may_use_them_too_and_keeps_what_blending_looks_for(pico_release: Path) -> None:
    assert said(replace(with_graph(pico_release, "unet", _foreign_operator), optimize="fused")) == ""
    lost = replace(
        with_graph(pico_release, "unet", lambda model: rename_weight(model, TO_Q, "packed")), optimize="fused"
    )
    assert "unet/model.onnx: found initializers packed" in said(lost)


def test_what_the_manifest_says_was_fused_is_what_the_graphs_have(pico_release: Path) -> None:
    facts = replace(facts_of(pico_release), optimize="fused")
    assert said(replace(facts, fused={"unet": {"Gelu": 4}})) == (
        "manifest.json: unet: found fused 4 Gelu, expected nothing, as its graph has"
    )

    def change(model: onnx.ModelProto) -> None:
        node = _node(model, "/mid_block/resnets.0/nonlinearity/Sigmoid")
        node.op_type, node.domain = "Gelu", "com.microsoft"

    found = said(replace(with_graph(pico_release, "unet", change), optimize="fused"))
    assert found == "manifest.json: unet: found fused nothing, expected 1 Gelu, as its graph has"


def test_verification_says_it_of_a_folder_whose_checksums_agree(pico_release: Path, tmp_path: Path) -> None:
    folder = copied(pico_release, tmp_path / "pico.v1")
    model = onnx.ModelProto.FromString((folder / "unet/model.onnx").read_bytes())
    _node(model, "/mid_block/attentions.0/proj_in/Conv").name = "node_conv_3"
    fault = fault_of(reissued(folder, {"unet/model.onnx": model.SerializeToString()}))
    assert "1 fault, do not use it; download it or make it again:\n  unet/model.onnx: found 1 of " in fault
