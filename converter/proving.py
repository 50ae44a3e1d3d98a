"""Each component against its reference, and which reference that is; where one fails, the level that would pass."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from converter.blending import Blended, BoundGraph
from converter.graphs import MODEL_NAME, TOKEN_EMBEDDING, Pass, Template, bind
from converter.parity import (
    LIMITS,
    PYTORCH,
    Measurement,
    ParityError,
    Reference,
    measure,
    pytorch,
    require_within,
    run_session,
    torch_graph,
)
from converter.progress import Report
from converter.proof import ReferenceKind
from converter.registry import Precision
from converter.render import Graphs, Runs, graphs_of
from converter.workshop import Workshop

OWN_FLOAT32 = "its float32 graph"
"""What the reference is called where it is not PyTorch."""


def template_of(graph: BoundGraph, passes: tuple[Pass, ...], workshop: Workshop, report: Report) -> Template:
    """The template of a graph after `passes`, with room for the tokens that are blended into it."""
    template = workshop.templates.get(graph.traced, passes, report=report)
    return template.with_rows(TOKEN_EMBEDDING, graph.new_rows) if graph.new_rows else template


def prove(
    graph: BoundGraph, precision: Precision, folder: Path, workshop: Workshop, report: Report
) -> tuple[Measurement, ...]:
    """Compare a component that was bound into `folder` with its reference.

    Raises:
        ParityError: it differs by more than it may, or overflows; where it has fewer bits than float32, with whether
            float32 would pass, which is then tried.
    """
    kind, device = graph.component.kind, workshop.proof.device
    try:
        with _reference(graph, precision, folder, workshop, report) as reference:
            measured = measure(
                graph.component, graph.weights, folder, precision, reference=reference, device=device, report=report
            )
            require_within(measured, LIMITS[precision], kind, reference.said)
    except ParityError as error:
        if precision is Precision.FP32:
            raise
        raise ParityError(f"{error}. {_level_that_passes(graph, folder, workshop, report)}") from error
    return measured


def reference_graphs(
    whole: Blended, precisions: Mapping[str, str], folder: Path, workshop: Workshop, report: Report
) -> Graphs:
    """What the graphs of a release are compared with, to be run in their places.

    Args:
        whole: what the graphs were made of.
        precisions: of each component.
        folder: of the release, in which float32 graphs are made where they are the reference, and deleted again.
        workshop: says which reference.
        report: called as the work goes on.
    """
    device = workshop.proof.device

    @contextmanager
    def opened(name: str) -> Iterator[Runs]:
        graph = whole.graph(name)
        if is_against_pytorch(workshop.proof.reference, precisions[name]):
            with torch_graph(graph.component, graph.weights, device) as runs:
                yield runs
            return
        with (
            float32_graph(graph, folder, workshop, report) as made,
            graphs_of(made.parent, device, measured=True)(made.name) as session,
        ):
            yield session

    return opened


def is_against_pytorch(reference: ReferenceKind, precision: str) -> bool:
    """Whether a component is compared with PyTorch: a float32 graph compared with itself would say nothing."""
    return reference is ReferenceKind.TORCH or precision == Precision.FP32


@contextmanager
def float32_graph(graph: BoundGraph, beside: Path, workshop: Workshop, report: Report) -> Iterator[Path]:
    """A folder with the float32 graph of a component, which is deleted afterwards; `beside` is where it is made."""
    with tempfile.TemporaryDirectory(dir=beside, prefix=".float32-") as made:
        folder = Path(made) / graph.component.kind
        bind(template_of(graph, (), workshop, report), graph.weights, folder, report=report)
        yield folder


@contextmanager
def _reference(
    graph: BoundGraph, precision: Precision, folder: Path, workshop: Workshop, report: Report
) -> Iterator[Reference]:
    proof = workshop.proof
    if is_against_pytorch(proof.reference, precision):
        yield pytorch(graph.component, graph.weights, proof.device)
        return
    with float32_graph(graph, folder.parent, workshop, report) as made:
        yield Reference(OWN_FLOAT32, partial(run_session, made / MODEL_NAME, device=proof.device))


def _level_that_passes(graph: BoundGraph, folder: Path, workshop: Workshop, report: Report) -> str:
    """What became of the component in float32, in a sentence; it is bound and measured."""
    kind, device = graph.component.kind, workshop.proof.device
    with float32_graph(graph, folder.parent, workshop, report) as made:
        try:
            measured = measure(graph.component, graph.weights, made, device=device, report=report)
            require_within(measured, LIMITS[Precision.FP32], kind)
        except ParityError as error:
            return f"No level passes, for fp32 was tried as well: {error}"
    largest = max(each.difference.max_abs for each in measured)
    return f"At fp32 {kind} passes: it was tried, and differs from {PYTORCH} by {largest:.2g}; write `precision: fp32`"
