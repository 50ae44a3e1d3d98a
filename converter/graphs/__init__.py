"""Graph templates: trace an architecture once on the `meta` device, then bind any model's weights to it.

Main types: `Component` (what to trace), `Template` (the open graph), `TemplateStore` (the cache), `bind` (weights in).
This room never reads a checkpoint, never knows where weights came from, and never touches the network.
"""

from converter.graphs.bind import DATA_NAME, MODEL_NAME, bind, require_match
from converter.graphs.component import Component, ComponentKind, Port, Ports, example_shapes, ports_of
from converter.graphs.errors import GraphError
from converter.graphs.store import TemplateStore
from converter.graphs.stream import BoundFile, Weights
from converter.graphs.template import Parameter, Template, template_key, tracing_versions

__all__ = [
    "DATA_NAME",
    "MODEL_NAME",
    "BoundFile",
    "Component",
    "ComponentKind",
    "GraphError",
    "Parameter",
    "Port",
    "Ports",
    "Template",
    "TemplateStore",
    "Weights",
    "bind",
    "example_shapes",
    "ports_of",
    "require_match",
    "template_key",
    "tracing_versions",
]
