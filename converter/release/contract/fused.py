"""What a manifest says of fused operators, against what its graphs have. Pure."""

from collections import Counter
from collections.abc import Iterator, Mapping

from converter.release.contract.facts import Breach, FolderFacts, GraphFacts

CONTRIB = "com.microsoft"
OPERATORS = frozenset({"Gelu", "MultiHeadAttention", "QuickGelu", "SkipLayerNormalization"})
"""That run on the CPU too, so that every build of onnxruntime has them: 1.16.3 and 1.20.1 were tried, and 1.32.0."""


def fused_breaches(folder: FolderFacts) -> Iterator[Breach]:
    """Where the manifest counts other operators than there are."""
    for graph, facts in folder.graphs.items():
        said, found = dict(folder.fused.get(graph, {})), _fused(facts)
        if said != found:
            yield Breach(f"manifest.json: {graph}", f"fused {_counted(said)}", f"{_counted(found)}, as its graph has")


def _fused(facts: GraphFacts) -> dict[str, int]:
    nodes = (node for node in facts.nodes if node.domain == CONTRIB and node.operator in OPERATORS)
    return dict(Counter(node.operator for node in nodes))


def _counted(operators: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(operators.items())) or "nothing"
