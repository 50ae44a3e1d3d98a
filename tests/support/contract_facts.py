"""The facts of a real release with one thing changed in it, and what the contract says about that."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import onnx

from converter.canonical import JsonValue
from converter.release import FolderView, Manifest
from converter.release.contract import FolderFacts, breaches, graph_facts
from converter.release.folder_facts import folder_facts
from converter.release.graph_file import read_graph
from tests.support.release_folders import manifest_of

Change = Callable[[onnx.ModelProto], object]


def facts_of(release: Path) -> FolderFacts:
    """What a release folder has."""
    view, manifest = FolderView(release), manifest_of(release)
    return folder_facts(view, manifest, view.sizes(), _models(view, manifest))


def _models(view: FolderView, manifest: Manifest) -> dict[str, onnx.ModelProto]:
    return {part: read_graph(view, part) for part in manifest.graphs}


def with_graph(release: Path, part: str, change: Change) -> FolderFacts:
    """The same with a change to the message of one graph."""
    facts = facts_of(release)
    model = read_graph(FolderView(release), part)
    change(model)
    return replace(facts, graphs={**facts.graphs, part: graph_facts(model)})


def with_document(release: Path, path: str, change: Callable[[dict[str, JsonValue]], object]) -> FolderFacts:
    """The same with a change to one JSON file."""
    facts = facts_of(release)
    document = json.loads((release / path).read_bytes())
    change(document)
    return replace(facts, documents={**facts.documents, path: document})


def said(facts: FolderFacts) -> str:
    """Each breach, a line each."""
    return "\n".join(str(breach) for breach in breaches(facts))


def rename_weight(model: onnx.ModelProto, old: str, new: str) -> None:
    """Give an initializer another name, also where it is read: the graph computes the same."""
    next(tensor for tensor in model.graph.initializer if tensor.name == old).name = new
    for node in model.graph.node:
        node.input[:] = [new if name == old else name for name in node.input]
