"""onnx-web's blending at run time: what it would not find is named, by its own rules."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx
import pytest

from converter.release.contract import FolderFacts, GraphFacts, Node
from converter.release.contract.blending import TOKEN_TABLE, blending_breaches
from tests.support.contract_facts import Change, facts_of, rename_weight, said, with_document, with_graph

MODULE = "mid_block.attentions.0.transformer_blocks.0.attn1.to_q"
WEIGHT = f"onnx::MatMul_{MODULE.replace('.', '_')}_weight"
NODE = "/mid_block/attentions.0/transformer_blocks.0/attn1/to_q/MatMul"


def _weight_renamed(model: onnx.ModelProto) -> None:
    rename_weight(model, WEIGHT, "val_115")


def _weight_with_dots(model: onnx.ModelProto) -> None:
    rename_weight(model, WEIGHT, f"onnx::MatMul_{MODULE}.weight")


def _weight_of_another(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.name == NODE)
    node.input[1] = WEIGHT.replace("to_q", "to_k")


def _weight_gone(model: onnx.ModelProto) -> None:
    model.graph.initializer.remove(next(tensor for tensor in model.graph.initializer if tensor.name == WEIGHT))


def _node_renamed(model: onnx.ModelProto) -> None:
    next(node for node in model.graph.node if node.name == NODE).name = "node_linear_3"


def _activation_with_the_mark(model: onnx.ModelProto) -> None:
    node = next(node for node in model.graph.node if node.name == NODE)
    node.input[0] = "MatMul_out"


LOST: list[tuple[Change, str]] = [
    (_weight_renamed, "its node reads no weight"),
    (_weight_with_dots, f"its node reads onnx::MatMul_{MODULE}.weight"),
    (_weight_of_another, f"its node reads {WEIGHT.replace('to_q', 'to_k')}"),
    (_weight_gone, f"there is no initializer {WEIGHT}"),
    (_node_renamed, "no node has its name"),
    (_activation_with_the_mark, "its node reads MatMul_out"),
]


@pytest.mark.parametrize(("change", "fault"), LOST)
def test_a_target_that_a_lora_would_miss_is_named_with_the_reason(
    pico_release: Path, change: Change, fault: str
) -> None:
    found = said(with_graph(pico_release, "unet", change))
    assert "unet/model.onnx: found 1 of " in found
    assert f"targets of a LoRA that onnx-web does not find: {MODULE} ({fault}), expected all of them" in found


def test_a_graph_without_the_names_loses_every_target_and_the_first_ten_are_shown(pico_release: Path) -> None:
    def change(model: onnx.ModelProto) -> None:
        for number, node in enumerate(model.graph.node):
            node.name = f"node_{number}"

    found = said(with_graph(pico_release, "text_encoder", change))
    assert "text_encoder/model.onnx: found 12 of 12 targets of a LoRA that onnx-web does not find: " in found
    assert "(no node has its name) and 2 more, expected all of them" in found


def test_a_token_table_of_another_name_is_named(pico_release: Path) -> None:
    def change(model: onnx.ModelProto) -> None:
        rename_weight(model, TOKEN_TABLE, "embeddings.token_embedding.weight")

    found = said(with_graph(pico_release, "text_encoder", change))
    assert f"text_encoder/model.onnx: found no such initializer, expected {TOKEN_TABLE}, which Textual" in found


def test_a_config_that_names_fewer_blocks_than_it_has_widths_is_named(pico_release: Path) -> None:
    def change(config: dict[str, object]) -> None:
        config["block_out_channels"] = [32]

    found = said(with_document(pico_release, "unet/config.json", change))
    assert "unet/config.json: found IndexError: list index out of range, expected the config of such a model" in found


@pytest.fixture
def one_block(pico_release: Path) -> Callable[..., list[str]]:
    """What the contract says about the order of nodes, of a UNet of XL that only has these."""

    def checked(architecture: str, *modules: str) -> list[str]:
        facts: FolderFacts = replace(facts_of(pico_release), architecture=architecture)
        nodes = tuple(Node(f"/{module.replace('.', '/')}/MatMul", "MatMul", "", ()) for module in modules)
        graph: GraphFacts = replace(facts.graphs["unet"], nodes=nodes)
        return [str(breach) for breach in blending_breaches("unet", graph, facts) if "number" in breach.path]

    return checked


def test_nodes_of_xl_in_another_order_are_named_because_original_loras_go_by_it(
    one_block: Callable[..., list[str]],
) -> None:
    first, second = (f"up_blocks.1.attentions.{n}.transformer_blocks.0.attn1.to_k" for n in (0, 1))
    assert one_block("sdxl", first, second) == []
    assert one_block("sd1", second, first) == []
    (found,) = one_block("sdxl", second, first)
    assert found.startswith("unet/model.onnx: up_blocks.*.attn1.to_k, number 0: found node up_blocks_1_attentions_1_")
    assert ", expected up_blocks_1_attentions_0_" in found
