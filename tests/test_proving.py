"""A component against its reference: PyTorch or its own float32 graph, and the level that would pass where it fails."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.blending import BoundGraph
from converter.graphs import ComponentKind, bind, making
from converter.parity import ParityError
from converter.progress import Progress, silent
from converter.proof import Proof, ReferenceKind
from converter.proving import is_against_pytorch, prove, template_of
from converter.registry import Precision
from converter.workshop import Workshop
from tests.support.components import component_of, weights_of
from tests.support.sd1_models import pico

KIND = ComponentKind.VAE_DECODER
OWN = Proof(reference=ReferenceKind.FP32_ONNX)


def graph_with(scales: dict[str, float]) -> BoundGraph:
    """A decoder some of whose weights are scaled, so that the largest number of each is as asked."""
    component, weights = component_of(pico(), KIND), weights_of(pico(), KIND)
    changed = {
        name: np.float32(largest / np.abs(weights.arrays[name]).max()) * weights.arrays[name]
        for name, largest in scales.items()
    }
    return BoundGraph(component, component, replace(weights, arrays={**weights.arrays, **changed}))


def bound(graph: BoundGraph, precision: Precision, workshop: Workshop) -> Path:
    """The folder of a component."""
    folder = workshop.build / KIND
    template = template_of(graph, making("sd1", KIND, precision).passes, workshop, silent)
    bind(template, graph.weights, folder)
    return folder


def proved(graph: BoundGraph, workshop: Workshop, precision: Precision = Precision.FP16) -> list[Progress]:
    folder = bound(graph, precision, workshop)
    seen: list[Progress] = []
    try:
        prove(graph, precision, folder, workshop, seen.append)
    finally:
        assert [path.name for path in workshop.build.iterdir()] == [KIND]
    return seen


@pytest.mark.parametrize("precision", [Precision.FP16, Precision.FP16_INTERNAL])
def test_a_component_that_overflows_is_refused_with_the_node_and_the_level_that_was_tried_and_passes(
    workshop: Workshop, precision: Precision
) -> None:
    # The first convolution gives numbers that float16 has not; the norms behind it take them back.
    with pytest.raises(ParityError) as error:
        proved(graph_with({"decoder.conv_in.weight": 4e4}), workshop, precision)
    said = str(error.value)
    assert "vae_decoder: numbers overflow in float16, first in the Conv /decoder/conv_in/Conv; expected finite" in said
    assert "At fp32 vae_decoder passes: it was tried, and differs from PyTorch by " in said
    assert said.endswith("; write `precision: fp32`")


def test_where_float32_fails_as_well_no_level_is_named(workshop: Workshop) -> None:
    # Numbers of 1e9, whose last bits alone are more than the limits of fp32 allow.
    graph = graph_with(
        {"decoder.conv_in.weight": 4e4, "decoder.conv_norm_out.weight": 6e4, "decoder.conv_out.weight": 6e4}
    )
    with pytest.raises(ParityError) as error:
        proved(graph, workshop)
    said = str(error.value)
    assert "No level passes, for fp32 was tried as well: vae_decoder: differs from PyTorch by" in said
    assert "write `precision: fp32`" not in said


@pytest.mark.parametrize(("proof", "reference"), [(Proof(), "PyTorch"), (OWN, "its float32 graph")])
def test_a_component_in_float16_is_compared_with_the_reference_that_is_asked_for(
    workshop: Workshop, proof: Proof, reference: str
) -> None:
    seen = proved(graph_with({}), replace(workshop, proof=proof))
    assert {progress.task for progress in seen if "comparing" in progress.task} == {
        f"vae_decoder: comparing with {reference}"
    }


def test_one_that_differs_from_its_own_float32_graph_is_refused_by_it(workshop: Workshop) -> None:
    own = replace(workshop, proof=OWN)
    folder = bound(graph_with({"decoder.conv_in.weight": 3.0}), Precision.FP16, own)
    with pytest.raises(ParityError, match="vae_decoder: differs from its float32 graph by"):
        prove(graph_with({}), Precision.FP16, folder, own, silent)


def test_a_float32_graph_is_never_compared_with_itself(workshop: Workshop) -> None:
    assert is_against_pytorch(ReferenceKind.FP32_ONNX, "fp32")
    assert not is_against_pytorch(ReferenceKind.FP32_ONNX, "fp16")
    seen = proved(graph_with({}), replace(workshop, proof=OWN), Precision.FP32)
    assert {progress.task for progress in seen} == {"vae_decoder: comparing with PyTorch"}
