"""What would stop the conversion of a model that was recognised: parameters that do not fit its graphs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from converter.graphs import Component, ComponentKind, GraphError, TemplateStore, require_match
from converter.models import Model


@dataclass(frozen=True)
class Fault:
    """The parameters of a component are not those of its graph."""

    component: str
    message: str


@dataclass(frozen=True)
class Checked:
    """A component has exactly the parameters of its graph, in their shapes."""

    component: str


@dataclass(frozen=True)
class NotChecked:
    """Its graph was not traced yet, so nobody knows which parameters it has."""

    component: str


Check: TypeAlias = Checked | NotChecked | Fault


def faults_of(model: Model, templates: TemplateStore) -> tuple[Check, ...]:
    """Compare each component with its graph, as far as the graphs are in the store; nothing is traced."""
    return tuple(_checks(model, templates))


def _checks(model: Model, templates: TemplateStore) -> Iterator[Check]:
    for name in model.graphs:
        graph, kind = model.graph(name), ComponentKind(name)
        template = templates.find(Component(kind, graph.config, graph.pooled_width))
        if template is None:
            yield NotChecked(kind)
            continue
        try:
            require_match(template, graph.weights.shapes, kind)
        except GraphError as error:
            yield Fault(kind, str(error))
        else:
            yield Checked(kind)
