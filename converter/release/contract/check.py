"""Everything in which a release differs from what its clients rely on. Pure."""

from collections.abc import Iterator

from converter.release.contract.architectures import CONTROLLED, RELEASES, Release
from converter.release.contract.blending import blending_breaches
from converter.release.contract.documents import document_breaches
from converter.release.contract.facts import Breach, FolderFacts
from converter.release.contract.fused import fused_breaches
from converter.release.contract.levels import Level, level_of
from converter.release.contract.operators import form_breaches
from converter.release.contract.ports import port_breaches

_WHOLE = "fp32"
"""The precision that any graph may have."""


def breaches(folder: FolderFacts) -> list[Breach]:
    """What is wrong with a release: graphs first, in the order of its manifest; empty if every client can load it."""
    release = RELEASES.get(folder.architecture)
    levels = {name: level_of(folder.precisions.get(name, folder.precision), folder.optimize) for name in folder.graphs}
    if release is None:
        return [Breach("manifest.json: architecture", folder.architecture, f"one of {', '.join(RELEASES)}")]
    if level_of(folder.precision, folder.optimize) is None:
        words = f"precision {folder.precision}, optimize {folder.optimize}"
        return [Breach("manifest.json", words, "a level that the contract knows")]
    present = [
        breach
        for graph, level in levels.items()
        if graph in _allowed(release) and level is not None
        for breach in _graph_breaches(graph, release, level, folder)
    ]
    return [
        *_precisions(folder),
        *fused_breaches(folder),
        *_parts(release, folder),
        *present,
        *document_breaches(release, folder),
    ]


def _precisions(folder: FolderFacts) -> Iterator[Breach]:
    """A graph may stay in float32 where float16 overflows; clients go by the dtypes that its ports declare."""
    for graph, precision in folder.precisions.items():
        if precision != _WHOLE:
            yield Breach(f"manifest.json: {graph}", f"precision {precision}", f"{folder.precision} or {_WHOLE}")


def _parts(release: Release, folder: FolderFacts) -> Iterator[Breach]:
    for graph in release.graphs:
        if graph not in folder.graphs:
            yield Breach(f"{graph}/model.onnx", "no such graph", f"one in every release of {folder.architecture}")
    for graph in folder.graphs:
        if graph not in _allowed(release):
            yield Breach(f"{graph}/model.onnx", "a graph", f"none; {folder.architecture} has no {graph}")


def _allowed(release: Release) -> tuple[str, ...]:
    return (*release.graphs, *((CONTROLLED,) if release.pipeline else ()))


def _graph_breaches(graph: str, release: Release, level: Level, folder: FolderFacts) -> Iterator[Breach]:
    facts = folder.graphs[graph]
    yield from port_breaches(graph, facts, release, folder, level.ports)
    yield from form_breaches(graph, facts, level)
    if level.blends:
        yield from blending_breaches(graph, facts, folder)
