"""Everything in which a release differs from what its clients rely on. Pure."""

from collections.abc import Iterator

from converter.release.contract.architectures import CONTROLLED, RELEASES, Release
from converter.release.contract.blending import blending_breaches
from converter.release.contract.blocks import block_breaches
from converter.release.contract.documents import document_breaches
from converter.release.contract.facts import Breach, FolderFacts
from converter.release.contract.fused import fused_breaches
from converter.release.contract.levels import Level, level_of
from converter.release.contract.operators import form_breaches
from converter.release.contract.ports import port_breaches

_OTHERS = {"fp16": ("fp32",), "fp16-internal": ("fp32",), "int8": ("fp16", "fp32")}
"""Precision of a release to those that a graph of it may have instead."""


def breaches(folder: FolderFacts) -> list[Breach]:
    """What is wrong with a release: graphs first, in the order of its manifest; empty if every client can load it."""
    release = RELEASES.get(folder.architecture)
    levels = {name: level_of(folder.precisions.get(name, folder.precision), folder.optimize) for name in folder.graphs}
    if release is None:
        return [Breach("manifest.json: architecture", folder.architecture, f"one of {', '.join(RELEASES)}")]
    level_of_all = level_of(folder.precision, folder.optimize)
    if level_of_all is None:
        words = f"precision {folder.precision}, optimize {folder.optimize}"
        return [Breach("manifest.json", words, "a level that the contract knows")]
    present = [
        breach
        for graph, level in levels.items()
        if graph in _allowed(release) and level is not None
        for breach in _graph_breaches(graph, release, level, folder)
    ]
    said = [*_precisions(folder), *_promises(folder, level_of_all), *fused_breaches(folder)]
    return [*said, *_parts(release, folder), *present, *document_breaches(release, folder)]


def _precisions(folder: FolderFacts) -> Iterator[Breach]:
    """A graph may stay in float32 where float16 overflows; clients go by the dtypes that its ports declare."""
    others = _OTHERS.get(folder.precision, ())
    for graph, precision in folder.precisions.items():
        if precision not in others:
            expected = " or ".join((folder.precision, *others))
            yield Breach(f"manifest.json: {graph}", f"precision {precision}", expected)


def _promises(folder: FolderFacts, level: Level) -> Iterator[Breach]:
    """What a client asks the manifest before it downloads the rest."""
    which = f"of precision {folder.precision}, optimize {folder.optimize}"
    if folder.runtime_blending != level.blends:
        found, expected = str(folder.runtime_blending).lower(), str(level.blends).lower()
        yield Breach("manifest.json: runtime_blending", found, f"{expected} {which}")
    if folder.minimum_onnxruntime != level.minimum_onnxruntime:
        found, expected = folder.minimum_onnxruntime or "none", level.minimum_onnxruntime or "none"
        yield Breach("manifest.json: minimum_onnxruntime", found, f"{expected} {which}")


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
    if level.in_blocks:
        yield from block_breaches(graph, facts)
    if level.blends:
        yield from blending_breaches(graph, facts, folder)
