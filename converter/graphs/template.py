"""A graph template: the ONNX graph of an architecture whose parameters are still open."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version

from converter.canonical import JsonValue, canonical_json, digest_of
from converter.graphs.component import Component
from converter.graphs.errors import GraphError

TEMPLATE_FORMAT = 1
"""Raised when this program makes another graph, or another recipe, of the same component."""

_DETERMINING = ("torch", "diffusers", "transformers", "onnxscript", "onnx-ir", "onnx")
_RECIPE_KEY = "onnx_registry.recipe"


@dataclass(frozen=True)
class Parameter:
    """One open parameter, and how its value is stored."""

    name: str
    """Initializer name in the graph: the dotted parameter name, or `onnx::MatMul_…_weight` where it is transposed."""
    source: str
    """Name in the state dict."""
    shape: tuple[int, ...]
    """As stored, in elements."""
    permutation: tuple[int, ...] | None
    """Axes of the state dict's tensor in the order in which they are stored; `None` means unchanged."""

    @property
    def source_shape(self) -> tuple[int, ...]:
        """The shape that the state dict's tensor must have."""
        if self.permutation is None:
            return self.shape
        return tuple(self.shape[self.permutation.index(axis)] for axis in range(len(self.shape)))


@dataclass(frozen=True)
class Template:
    """An ONNX model (opset 18, IR 8) with one graph input per open parameter, after the real inputs."""

    key: str
    """Digest of what determines the graph: see `template_key`."""
    graph: bytes
    """A serialized `ModelProto`."""
    parameters: tuple[Parameter, ...]
    """In the order in which they are stored."""
    nodes: int
    versions: Mapping[str, str]
    """Of the libraries that traced it."""

    def to_onnx(self) -> bytes:
        """One self-describing ONNX file: the graph, with everything else in its metadata."""
        import onnx

        model = onnx.ModelProto.FromString(self.graph)
        recipe: dict[str, JsonValue] = {
            "key": self.key,
            "nodes": self.nodes,
            "versions": dict(self.versions),
            "parameters": [asdict(parameter) for parameter in self.parameters],
        }
        model.metadata_props.add(key=_RECIPE_KEY, value=canonical_json(recipe).decode())
        data: bytes = model.SerializeToString(deterministic=True)
        return data

    @staticmethod
    def from_onnx(data: bytes) -> "Template":
        """The inverse of `to_onnx`.

        Raises:
            GraphError: the bytes are not a template.
        """
        import onnx
        from google.protobuf.message import DecodeError

        try:
            model = onnx.ModelProto.FromString(data)
            recipe = json.loads(next(p.value for p in model.metadata_props if p.key == _RECIPE_KEY))
            del model.metadata_props[:]
            return Template(
                key=recipe["key"],
                graph=model.SerializeToString(deterministic=True),
                parameters=tuple(_parameter(item) for item in recipe["parameters"]),
                nodes=recipe["nodes"],
                versions=recipe["versions"],
            )
        except (DecodeError, StopIteration, ValueError, KeyError, TypeError) as error:
            raise GraphError(
                f"not a graph template ({type(error).__name__}); delete it, it will be traced again"
            ) from error


def tracing_versions() -> dict[str, str]:
    """Versions of the libraries that determine a graph, without importing them."""
    return {name: version(name).partition("+")[0] for name in _DETERMINING}


def template_key(component: Component) -> str:
    """SHA-256 of what determines a graph: kind, config, library versions and `TEMPLATE_FORMAT`."""
    return digest_of(
        {
            "format": TEMPLATE_FORMAT,
            "kind": component.kind.value,
            "config": component.config,
            "versions": tracing_versions(),
        }
    )


def _parameter(raw: dict) -> Parameter:  # type: ignore[type-arg]  # our own JSON, covered by the file's digest
    permutation = raw["permutation"]
    return Parameter(
        name=raw["name"],
        source=raw["source"],
        shape=tuple(raw["shape"]),
        permutation=None if permutation is None else tuple(permutation),
    )
