"""What a release folder has, as values that the contract is compared with. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from converter.canonical import JsonValue

Axis = int | str
"""A fixed size, or the name of one that is open: `batch`, `height / 8`."""


@dataclass(frozen=True)
class Port:
    """An input or output of a graph."""

    name: str
    dtype: str
    """numpy's word: `float32`."""
    shape: tuple[Axis, ...] | None
    """`()` for a scalar, `None` if the graph declares no rank."""

    def __str__(self) -> str:
        shape = "no shape" if self.shape is None else f"[{', '.join(map(str, self.shape))}]"
        return f"{self.name}: {self.dtype} {shape}"


@dataclass(frozen=True)
class Node:
    """An operator of a graph."""

    name: str
    operator: str
    domain: str
    inputs: tuple[str, ...]
    whole_numbers: Mapping[str, int] = field(default_factory=dict)
    """Attribute to value, of those that are one whole number."""


@dataclass(frozen=True)
class GraphFacts:
    """A `model.onnx`, without its weights."""

    ir_version: int
    opsets: Mapping[str, int]
    """Domain to version; the standard domain is the empty text."""
    functions: tuple[str, ...]
    """Local functions."""
    annotated: tuple[str, ...]
    """Values with a type although they are neither input nor output, and nodes with metadata."""
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    nodes: tuple[Node, ...]
    """In the order in which they run, those of subgraphs after the node that has them."""
    weights: Mapping[str, tuple[int, ...]]
    """Initializer to shape."""
    dtypes: Mapping[str, str] = field(default_factory=dict)
    """Initializer to dtype, in numpy's words."""


@dataclass(frozen=True)
class FolderFacts:
    """A release folder."""

    architecture: str
    """By its manifest."""
    precision: str
    precisions: Mapping[str, str]
    """Graph to its own precision, where it has another than the release."""
    optimize: str
    fused: Mapping[str, Mapping[str, int]]
    """Graph to the operators that its manifest says were fused, and how many of each."""
    runtime_blending: bool
    """Whether its manifest lets LoRAs be blended in at run time."""
    minimum_onnxruntime: str | None
    """The oldest that its manifest allows; `None` for any."""
    paths: frozenset[str]
    documents: Mapping[str, JsonValue]
    """Path to content of each JSON file that clients read."""
    merges: Mapping[str, str]
    """Path to first line of the `merges.txt` of each tokenizer."""
    graphs: Mapping[str, GraphFacts]
    """By folder, in the manifest's order."""

    def size(self, path: str, field: str) -> int:
        """A whole number of a JSON file, or 0, which no graph has: that the field lacks is said by its own rule."""
        document = self.documents.get(path)
        value = document.get(field) if isinstance(document, Mapping) else None
        return value if isinstance(value, int) else 0

    def sizes(self, path: str, field: str) -> tuple[int, ...]:
        """A list of whole numbers of a JSON file; empty if there is none."""
        document = self.documents.get(path)
        value = document.get(field) if isinstance(document, Mapping) else None
        whole = [item for item in value if isinstance(item, int)] if isinstance(value, list) else []
        return tuple(whole)


@dataclass(frozen=True)
class Breach:
    """One thing in which a release differs from the contract."""

    path: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.path}: found {self.found}, expected {self.expected}"


def listed(names: list[str]) -> str:
    """The first ten names, and the count of the rest."""
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
