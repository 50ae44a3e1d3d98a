"""The short way through torch's exporter against the long one, and what must take the long one."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from converter.graphs import ComponentKind, Template, bind
from converter.graphs.fast_export import _unknown_operators, fast_export
from converter.parity.inputs import seeded_inputs
from tests.graphs.conftest import Retraced
from tests.support.components import component_of, graph_of, weights_of
from tests.support.sd1_models import pico

# torch warns of itself: its own decompositions still ask for a class that it renamed.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning"),
]

# Of several ways to say one shape the two paths choose different ones: `reshape(b, -1, 32)` becomes `view(b, h*w, 32)`
# where it is decomposed, whose sizes another node has put together already. That changes no number.
SHAPE_ARITHMETIC = {"Constant", "Concat"}


def operators(template: Template) -> list[str]:
    """What is computed, in order."""
    return [node.op_type for node in graph_of(template).graph.node if node.op_type not in SHAPE_ARITHMETIC]


def users_of_weights(template: Template) -> dict[str, list[str]]:
    """Node name to the weights that it takes."""
    weights = {parameter.name for parameter in template.parameters}
    return {
        node.name: [name for name in node.input if name in weights]
        for node in graph_of(template).graph.node
        if weights.intersection(node.input)
    }


def run(folder: Path, kind: ComponentKind) -> list[Any]:
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    return list(session.run(None, dict(seeded_inputs(component_of(pico(), kind), 1))))


def exported(module: nn.Module, *inputs: Tensor) -> tuple[list[str], Any]:
    """Export on the short way where that is possible: what it says it did, and what the graph computes."""
    module = module.eval()
    with fast_export() as log:
        program = torch.export.export(module, inputs, strict=False)
        onnx_program = torch.onnx.export(program, inputs, dynamo=True, optimize=False, opset_version=18, verbose=False)
    assert onnx_program is not None
    session = onnxruntime.InferenceSession(
        onnx_program.model_proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [value.name for value in session.get_inputs()]
    return log, session.run(None, {n: i.numpy() for n, i in zip(names, inputs, strict=True)})[0]


def test_every_component_takes_the_short_way(with_every_rule: Retraced) -> None:
    assert "decompositions skipped" in with_every_rule.log


def test_both_ways_have_the_same_parameters_stored_alike(template: Template, torchs_own_way: Retraced) -> None:
    assert template.parameters == torchs_own_way.template.parameters


def test_both_ways_have_the_same_ports(template: Template, torchs_own_way: Retraced) -> None:
    short, long = graph_of(template).graph, graph_of(torchs_own_way.template).graph
    assert list(short.input) == list(long.input)
    assert list(short.output) == list(long.output)


def test_both_ways_compute_the_same_in_the_same_order(template: Template, torchs_own_way: Retraced) -> None:
    assert operators(template) == operators(torchs_own_way.template)


def test_both_ways_use_each_weight_in_the_node_of_one_name(template: Template, torchs_own_way: Retraced) -> None:
    assert users_of_weights(template) == users_of_weights(torchs_own_way.template)


def test_both_ways_give_the_same_numbers(
    kind: ComponentKind, bound: Path, torchs_own_way: Retraced, tmp_path: Path
) -> None:
    bind(torchs_own_way.template, weights_of(pico(), kind), tmp_path)
    for short, long in zip(run(bound, kind), run(tmp_path, kind), strict=True):
        np.testing.assert_allclose(short, long, rtol=0, atol=1e-6)


def test_casts_dropout_and_assertions_are_rewritten() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            x = nn.functional.dropout(x, 0.5, self.training)
            same = x.to(torch.float32).detach()
            return same + x.to(torch.int64).to(torch.float32)

    x = torch.tensor([0.5, 1.5, -2.5])
    log, found = exported(Module(), x)
    assert log[0] == "decompositions skipped"
    assert found.tolist() == [0.5, 2.5, -4.5]


def test_an_operator_that_onnx_does_not_know_takes_the_long_way() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.square(x)

    log, found = exported(Module(), torch.tensor([3.0, -2.0]))
    assert log[0] == "fallback: aten.square.default"
    assert found.tolist() == [9, 4]


def test_an_operator_that_mutates_takes_the_long_way() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            y = x * 2
            view = y[0]
            view.add_(1)
            return y

    log, found = exported(Module(), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert log[0] == "fallback: aten.add_.Tensor"
    assert found.tolist() == [[3, 5], [6, 8]]


def test_an_operator_that_mutates_is_not_trusted_even_if_onnx_knows_it() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return (x * 2).add_(1)

    graph = torch.export.export(Module(), (torch.ones(2),), strict=False).graph_module.graph
    aten = torch.ops.aten
    assert _unknown_operators(graph, {aten.mul.Tensor, aten.add_.Tensor}) == "aten.add_.Tensor"


def test_a_sub_graph_takes_the_long_way() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return torch.cond(x.sum() > 0, lambda v: v + 1, lambda v: v - 1, (x,))  # type: ignore[no-any-return]

    log, found = exported(Module(), torch.tensor([1.0, 2.0]))
    assert log[0] == "fallback: cond"
    assert found.tolist() == [2, 3]


def test_dropout_in_training_mode_takes_the_long_way() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return nn.functional.dropout(x, 0.5, training=True)

    log, _ = exported(Module(), torch.ones(4))
    assert log[0] == "fallback: dropout in training mode"


def test_operators_that_mix_dtypes_are_promoted_the_long_way() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor, n: Tensor) -> Tensor:
            return x * n

    log, found = exported(Module(), torch.tensor([0.5, 1.5]), torch.tensor([2, 3]))
    assert log == ["decompositions skipped", "fallback: aten.mul.Tensor mixes dtypes"]
    assert found.tolist() == [1.0, 4.5]


def test_no_node_says_where_in_python_it_comes_from_and_afterwards_they_do() -> None:
    class Module(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x * 2

    said = []
    for way in (fast_export, nullcontext):
        with way():
            nodes = torch.export.export(Module(), (torch.ones(2),), strict=False).graph.nodes
        said.append(any(node.stack_trace for node in nodes))
    assert said == [False, True]


def test_torch_is_as_it_was_afterwards_even_when_the_export_fails() -> None:
    from torch.onnx._internal.exporter import _fx_passes

    before = (_fx_passes.decompose_with_registry, _fx_passes.insert_type_promotion_nodes)

    class Failing(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            raise KeyError

    with pytest.raises(KeyError):
        exported(Failing(), torch.ones(1))
    assert (_fx_passes.decompose_with_registry, _fx_passes.insert_type_promotion_nodes) == before
