"""A graph template: the ONNX graph of an architecture whose parameters are still open."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

from converter.canonical import JsonObject, JsonValue, canonical_json, digest_of
from converter.graphs.component import Component
from converter.graphs.errors import GraphError
from converter.installed import version_of

StoredDtype: TypeAlias = Literal["float32", "float16"]
"""Of a value in the data file."""

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
    """As stored, in elements; before they are cut into blocks."""
    permutation: tuple[int, ...] | None
    """Axes of the state dict's tensor in the order in which they are stored; `None` means unchanged."""
    dtype: StoredDtype = "float32"
    """Of each value, or of each block's scale."""
    blocks: int | None = None
    """How many neighbours along the last axis share a scale, in 8 bits (`weights.in_blocks`); `None` for plain values.

    Two initializers are one such parameter: `name`, uint8 `(rows, columns / blocks, blocks)`, and `scales_name`,
    `(rows, columns / blocks)`.
    """

    @property
    def scales_name(self) -> str:
        """Initializer name of the scales of its blocks."""
        return f"{self.name}_scales"

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
    """Digest of what determines the graph (see `template_key`), or the one that it was made from: see `with_rows`."""
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
            "parameters": [_recipe(parameter) for parameter in self.parameters],
        }
        model.metadata_props.add(key=_RECIPE_KEY, value=canonical_json(recipe).decode())
        data: bytes = model.SerializeToString(deterministic=True)
        return data

    def with_rows(self, source: str, rows: int) -> "Template":
        """The same graph with more rows of one parameter: `(n, ...)` becomes `(n + rows, ...)`.

        It is not traced again. What reads the parameter must not depend on how many rows it has, as the lookup of
        tokens does not; the graph was traced with `n`, which stays in `key`.

        Raises:
            GraphError: there is no such parameter, or it is not stored row by row.
        """
        import onnx

        old = next((parameter for parameter in self.parameters if parameter.source == source), None)
        if old is None or not old.shape or old.permutation is not None:
            raise GraphError(
                f"{source}: found {_without_rows(old)}, expected one with rows, in their order; report this"
            )
        new = replace(old, shape=(old.shape[0] + rows, *old.shape[1:]))
        model = onnx.ModelProto.FromString(self.graph)
        port = next(port for port in model.graph.input if port.name == old.name)
        port.type.tensor_type.shape.dim[0].dim_value = new.shape[0]
        parameters = tuple(new if parameter is old else parameter for parameter in self.parameters)
        return replace(self, graph=model.SerializeToString(deterministic=True), parameters=parameters)

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


def _without_rows(parameter: Parameter | None) -> str:
    if parameter is None:
        return "no such parameter"
    return f"it stored with the axes {parameter.permutation}" if parameter.shape else "a number"


def tracing_versions() -> dict[str, str]:
    """Versions of the libraries that determine a graph, without importing them; empty for what is not installed."""
    return {name: version_of(name) or "" for name in _DETERMINING}


def template_key(component: Component) -> str:
    """SHA-256 of what determines a graph that is traced here: the component, library versions and `TEMPLATE_FORMAT`."""
    return digest_of({**_determining(component), "versions": tracing_versions()})


def component_key(component: Component) -> str:
    """The same without the versions: what templates in the box are found by, also without these libraries."""
    return digest_of(_determining(component))


def _determining(component: Component) -> JsonObject:
    pooled: JsonObject = {} if component.pooled_width is None else {"pooled_width": component.pooled_width}
    return {**pooled, "format": TEMPLATE_FORMAT, "kind": component.kind.value, "config": component.config}


def _recipe(parameter: Parameter) -> JsonValue:
    """Float32 and no blocks go without saying, so that templates of before there were others are the same bytes."""
    said = asdict(parameter)
    if parameter.dtype == "float32":
        del said["dtype"]
    if parameter.blocks is None:
        del said["blocks"]
    return said


def _parameter(raw: dict) -> Parameter:  # type: ignore[type-arg]  # our own JSON, covered by the file's digest
    permutation = raw["permutation"]
    return Parameter(
        name=raw["name"],
        source=raw["source"],
        shape=tuple(raw["shape"]),
        permutation=None if permutation is None else tuple(permutation),
        dtype=raw.get("dtype", "float32"),
        blocks=raw.get("blocks"),
    )
