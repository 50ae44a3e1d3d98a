"""The contract on a real tiny release in 8 bits: it passes, and what a runtime would trip over is named."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto

from converter.release import FolderView, verify
from tests.support.contract_facts import Change, facts_of, rename_weight, said, with_graph
from tests.support.release_folders import copied, fault_of, reissued

TO_Q = "/mid_block/attentions.0/transformer_blocks.0/attn1/to_q/MatMul"
WEIGHT = "onnx::MatMul_mid_block_attentions_0_transformer_blocks_0_attn1_to_q_weight_int8"


def _node(model: onnx.ModelProto) -> onnx.NodeProto:
    return next(node for node in model.graph.node if node.name == TO_Q)


def _tensor(model: onnx.ModelProto, ending: str = "") -> onnx.TensorProto:
    return next(tensor for tensor in model.graph.initializer if tensor.name == WEIGHT + ending)


def _attribute(name: str, value: int) -> Change:
    def change(model: onnx.ModelProto) -> None:
        node = _node(model)
        kept = [each for each in node.attribute if each.name != name]
        del node.attribute[:]
        node.attribute.extend([*kept, onnx.helper.make_attribute(name, value)])

    return change


def _zero_points(model: onnx.ModelProto) -> None:
    _node(model).input.append("zero_points")


def _float32_scales(model: onnx.ModelProto) -> None:
    _tensor(model, "_scales").data_type = TensorProto.FLOAT


def _flat_scales(model: onnx.ModelProto) -> None:
    tensor = _tensor(model, "_scales")
    tensor.dims[:] = [tensor.dims[0] * tensor.dims[1]]


def _signed(model: onnx.ModelProto) -> None:
    _tensor(model).data_type = TensorProto.INT8


def _nothing_in_blocks(model: onnx.ModelProto) -> None:
    for node in model.graph.node:
        if node.op_type == "MatMulNBits":
            node.op_type = "SomethingElse"


def test_the_release_passes_and_its_manifest_says_what_clients_ask_first(pico_int8_release: Path) -> None:
    manifest = verify(FolderView(pico_int8_release)).manifest
    assert (manifest.runtime_blending, manifest.minimum_onnxruntime) == (False, "1.23")
    assert {component.name: component.precision for component in manifest.components} == {
        "text_encoder": "int8",
        "unet": "int8",
        "vae_encoder": "fp16",
        "vae_decoder": "fp16",
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (_attribute("bits", 4), "/MatMul: attributes: found {'K': 64, 'N': 64, 'block_size': 32, 'bits': 4}, expected"),
        (_attribute("block_size", 64), "attributes: found"),
        (_attribute("accuracy_level", 4), "'accuracy_level': 4}, expected"),
        (_zero_points, "inputs: found"),
        (_float32_scales, f"{WEIGHT}_scales: found float32 (64, 2), expected float16 (64, 2)"),
        (_flat_scales, f"{WEIGHT}_scales: found float16 (128,), expected float16 (64, 2)"),
        (_signed, f"{WEIGHT}: found ONNX type 3 (64, 2, 32), expected uint8 (64, 2, 32)"),
        (_nothing_in_blocks, "unet/model.onnx: found no MatMulNBits, expected one for each linear layer"),
        (lambda model: rename_weight(model, WEIGHT, "packed"), "found initializers packed"),
    ],
)
def test_what_a_runtime_would_trip_over_is_named(pico_int8_release: Path, change: Change, expected: str) -> None:
    assert expected in said(with_graph(pico_int8_release, "unet", change))


def _without(field: str) -> Callable[[dict[str, object]], object]:
    return lambda manifest: manifest.pop(field)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("runtime_blending", "manifest.json: runtime_blending: found true, expected false of precision int8"),
        ("minimum_onnxruntime", "manifest.json: minimum_onnxruntime: found none, expected 1.23 of precision int8"),
    ],
)
def test_a_manifest_that_does_not_say_it_fails_verification(
    pico_int8_release: Path, tmp_path: Path, field: str, expected: str
) -> None:
    folder = reissued(copied(pico_int8_release, tmp_path / "pico.v1"), manifest=_without(field))
    assert expected in fault_of(folder)


def test_a_plain_release_that_promises_less_than_it_could_is_a_breach(pico_release: Path) -> None:
    facts = replace(facts_of(pico_release), minimum_onnxruntime="1.23")
    assert said(facts) == (
        "manifest.json: minimum_onnxruntime: found 1.23, expected none of precision fp32, optimize none"
    )


def test_a_graph_in_another_precision_than_float16_or_float32_is_a_breach(pico_int8_release: Path) -> None:
    facts = facts_of(pico_int8_release)
    changed = replace(facts, precisions={**facts.precisions, "vae_decoder": "fp16-internal"})
    assert "manifest.json: vae_decoder: found precision fp16-internal, expected int8 or fp16 or fp32" in said(changed)
