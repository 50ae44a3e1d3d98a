"""How many bytes a level takes: laid out from its template, without a model and without converting one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

from converter.graphs import Component, TemplateStore, making
from converter.graphs.layout import lay_out
from tests.bench.levels.level import Level


@dataclass(frozen=True)
class Sizes:
    """Of an architecture."""

    parameter_bytes: int
    """Of all its parameters in float32, each counted once for every graph that has it."""
    levels: Mapping[str, Mapping[str, int]]
    """Level to component to the bytes of its data file."""


def computed(
    architecture: str, components: Mapping[str, Component], levels: Iterable[Level], store: TemplateStore
) -> Sizes:
    """Lay out every component at every level; what the store lacks is traced, which takes a minute for a large UNet."""
    parameters = sum(
        4 * prod(parameter.shape) for component in components.values() for parameter in store.get(component).parameters
    )
    return Sizes(
        parameters,
        {
            str(level): {name: _laid_out(architecture, each, level, store) for name, each in components.items()}
            for level in levels
        },
    )


def _laid_out(architecture: str, component: Component, level: Level, store: TemplateStore) -> int:
    made = making(architecture, component.kind, level.precision, level.optimize)
    return lay_out(store.get(component, made.passes).parameters)[-1].end
