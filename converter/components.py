"""The components of a release: each graph of a model, bound into a folder of its own and compared."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from converter.ahead import core_left_free
from converter.blending import Blended, BoundGraph
from converter.graphs import ComponentKind, Template, bind, making
from converter.progress import Report
from converter.proofs import NOT_PROVEN
from converter.provenance import BoundComponent, bound_component
from converter.proving import template_of
from converter.proving_once import prove_once
from converter.registry import Optimize, Precision
from converter.streaming import StreamedFile
from converter.together import together
from converter.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is asked of each component of a release."""

    release: str
    """Its tag."""
    precision: Precision
    optimize: Optimize
    parity: bool
    report: Report


def components_of(whole: Blended, folder: Path, workshop: Workshop, asked: Asked, at_once: int) -> list[BoundComponent]:
    """Bind each graph of a model, and compare it.

    Args:
        whole: the model.
        folder: of the release.
        workshop: has the templates.
        asked: of each of them.
        at_once: how many are bound at the same time; comparing takes all cores, and has its turn afterwards. One
            alone is compared while its bytes are still in memory.
    """
    if at_once == 1:
        return [
            _compared(_bound(_opened(name, whole, workshop, asked), folder, asked.report), folder, workshop, asked)
            for name in whole.model.graphs
        ]
    opened = [_opened(name, whole, workshop, asked) for name in whole.model.graphs]  # tracing has to be in this thread
    with core_left_free():
        bound = together([partial(_bound, each, folder) for each in opened], at_once, asked.report)
    return [_compared(each, folder, workshop, asked) for each in bound]


@dataclass(frozen=True)
class _Opened:
    """A graph whose template is there."""

    graph: BoundGraph
    precision: Precision
    template: Template

    @property
    def kind(self) -> ComponentKind:
        return self.graph.component.kind


@dataclass(frozen=True)
class _Bound:
    """A graph whose files are written."""

    opened: _Opened
    files: tuple[StreamedFile, ...]


def _opened(name: str, whole: Blended, workshop: Workshop, asked: Asked) -> _Opened:
    graph = whole.graph(name)
    made = making(whole.model.architecture, graph.component.kind, asked.precision, asked.optimize)
    return _Opened(graph, made.precision, template_of(graph, made.passes, workshop, asked.report))


def _bound(opened: _Opened, folder: Path, report: Report) -> _Bound:
    return _Bound(opened, bind(opened.template, opened.graph.weights, folder / opened.kind, report=report))


def _compared(bound: _Bound, folder: Path, workshop: Workshop, asked: Asked) -> BoundComponent:
    opened, proven = bound.opened, NOT_PROVEN
    if asked.parity:
        proven = prove_once(
            opened.graph,
            opened.precision,
            folder / opened.kind,
            workshop,
            asked.report,
            bound=bound.files,
            release=asked.release,
        )
    return bound_component(opened.kind, opened.precision, opened.template, bound.files, proven)
