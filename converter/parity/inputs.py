"""Seeded inputs of normal scale, for a component at a shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from converter.graphs import Component, example_shapes, ports_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

CASES = (
    {"batch": 1, "blocks": (2, 3), "tokens": 77},
    {"batch": 3, "blocks": (4, 2), "tokens": 20},
)
"""Two sets of sizes, each different from the traced one in batch, height and width; one also in tokens."""

_TIMESTEP = 481.5


def seeded_inputs(component: Component, case: int) -> Mapping[str, Array]:
    """Input name to array: standard normal images and states, random token ids that end with the end-of-text token."""
    import numpy as np

    generator = np.random.default_rng([case, *component.kind.encode()])
    shapes = example_shapes(component, **CASES[case])  # type: ignore[arg-type]  # the values are those of one literal
    inputs: dict[str, Array] = {}
    for port in ports_of(component).inputs:
        shape = shapes[port.name]
        if port.name == "timestep":
            inputs[port.name] = np.full(shape, _TIMESTEP, np.float32)
        elif port.dtype == "int32":
            inputs[port.name] = _token_ids(component, generator, shape)
        else:
            inputs[port.name] = generator.standard_normal(shape, dtype=np.float32)
    return inputs


def _token_ids(component: Component, generator: np.random.Generator, shape: tuple[int, ...]) -> Array:
    import numpy as np

    vocabulary, end = component.integer("vocab_size"), component.integer("eos_token_id")
    ids = generator.integers(0, vocabulary - 1, shape, dtype=np.int32)
    # CLIP pools where the end-of-text token is; configs from before transformers 4.30 say 2 and mean the largest id.
    ids[:, -1] = vocabulary - 1 if end == 2 else end
    return ids
