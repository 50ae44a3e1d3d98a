"""The graph templates that ship."""

from collections.abc import Iterator
from typing import cast

from converter.box import Boxed
from converter.canonical import JsonObject
from converter.graphs import Component, component_key, tracing_versions
from converter.known import known_components


def boxed_templates() -> Iterator[Boxed]:
    """The template of every known graph, traced now: about 20 s each.

    Raises:
        GraphError: one cannot be traced.
    """
    for name, component in known_components().items():
        yield boxed_template(name, component)


def boxed_template(name: str, component: Component) -> Boxed:
    """The template of one graph, traced now.

    Raises:
        GraphError: it cannot be traced.
    """
    # It imports torch, which --help need not.
    from converter.graphs.trace import trace

    template = trace(component)
    pooled: JsonObject = {} if component.pooled_width is None else {"pooled_width": component.pooled_width}
    said: JsonObject = {
        "template": template.key,
        "nodes": template.nodes,
        "kind": component.kind.value,
        **pooled,
        "config": component.config,
        "versions": cast("JsonObject", tracing_versions()),
    }
    return Boxed(component_key(component), name, template.to_onnx(), said)
