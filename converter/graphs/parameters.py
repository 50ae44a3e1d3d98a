"""The parameters of a component, without tracing it."""

from collections.abc import Mapping

from converter.graphs.bind import require_exactly
from converter.graphs.component import Component
from converter.graphs.modules import build_module


def require_parameters(component: Component, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Check that a state dict has exactly the parameters of a component's torch class, in their shapes.

    The graph's template has the same ones, so that what passes here can be bound.

    Raises:
        GraphError: the class refuses its config, or something is missing, unexpected or of another shape.
    """
    state = build_module(component).state_dict()
    require_exactly({name: tuple(tensor.shape) for name, tensor in state.items()}, shapes, component.kind.value)
