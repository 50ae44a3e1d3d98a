"""What the clients of a release rely on, as data, and how a release differs from it. Pure: facts in, breaches out.

Clients are onnxruntime itself, optimum, diffusers' ONNX pipelines, onnx-web with its blending at run time, and
OnnxStack. Main types: `FolderFacts`, `Breach`; `breaches` compares, `graph_facts` is what it looks at of a graph.
The tables are written from the clients' side: this room must not import the one that traces graphs.
"""

from converter.release.contract.architectures import RELEASES
from converter.release.contract.check import breaches
from converter.release.contract.facts import Breach, FolderFacts, GraphFacts, Node, Port
from converter.release.contract.graph_facts import graph_facts

__all__ = [
    "RELEASES",
    "Breach",
    "FolderFacts",
    "GraphFacts",
    "Node",
    "Port",
    "breaches",
    "graph_facts",
]
