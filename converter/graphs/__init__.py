"""Graph templates: trace an architecture once on the `meta` device, then bind any model's weights to it.

Main types: `Component` (what to trace), `Template` (the open graph), `TemplateStore` (what ships, and the cache),
`bind` (weights in); `ShapeStore` knows the parameters of a component without its graph.
This room never reads a checkpoint, never knows where weights came from, and never touches the network.
"""

from converter.graphs.bind import DATA_NAME, MODEL_NAME, bind, require_match
from converter.graphs.boxed import TEMPLATES, is_boxed
from converter.graphs.component import Component, ComponentKind
from converter.graphs.errors import GraphError
from converter.graphs.float32_nodes import HalfVariant, float32_reason, half_variant
from converter.graphs.fuse import fused, fused_key, fused_operators
from converter.graphs.half import half_key, in_half
from converter.graphs.int8 import INT8_KINDS, MINIMUM_ONNXRUNTIME, in_int8, int8_key, is_in_blocks
from converter.graphs.parameters import require_parameters
from converter.graphs.passes import Fuse, InHalf, InInt8, Making, Pass, making
from converter.graphs.ports import Port, Ports, example_shapes, ports_of
from converter.graphs.rows import TOKEN_EMBEDDING, WithRows, with_vocabulary
from converter.graphs.shapes import ShapeStore
from converter.graphs.store import TemplateStore
from converter.graphs.template import Parameter, Template, component_key, template_key, tracing_versions
from converter.streaming import Weights, WeightsInParts

__all__ = [
    "DATA_NAME",
    "INT8_KINDS",
    "MINIMUM_ONNXRUNTIME",
    "MODEL_NAME",
    "TEMPLATES",
    "TOKEN_EMBEDDING",
    "Component",
    "ComponentKind",
    "Fuse",
    "GraphError",
    "HalfVariant",
    "InHalf",
    "InInt8",
    "Making",
    "Parameter",
    "Pass",
    "Port",
    "Ports",
    "ShapeStore",
    "Template",
    "TemplateStore",
    "Weights",
    "WeightsInParts",
    "WithRows",
    "bind",
    "component_key",
    "example_shapes",
    "float32_reason",
    "fused",
    "fused_key",
    "fused_operators",
    "half_key",
    "half_variant",
    "in_half",
    "in_int8",
    "int8_key",
    "is_boxed",
    "is_in_blocks",
    "making",
    "ports_of",
    "require_match",
    "require_parameters",
    "template_key",
    "tracing_versions",
    "with_vocabulary",
]
