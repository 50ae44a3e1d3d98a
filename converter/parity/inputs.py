"""Seeded inputs of normal scale, for a component at a shape."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from converter.canonical import canonical_json
from converter.graphs import Component, Port, example_shapes, ports_of

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

CASES = (
    {"batch": 1, "blocks": (2, 3), "tokens": 77},
    {"batch": 3, "blocks": (4, 2), "tokens": 20},
)
"""Two sets of sizes, each different from the traced one in batch, height and width; one also in tokens."""

_TIMESTEP = 481.5
_LARGEST_IMAGE = 1024


def seeded_inputs(component: Component, case: int) -> Mapping[str, Array]:
    """Input name to array: standard normal images and states, random token ids that end with the end-of-text token.

    Sizes of images are whole numbers of pixels, hints are images between 0 and 1, labels one of the known ones.
    """
    import numpy as np

    generator = np.random.default_rng([case, *component.kind.encode()])
    shapes = example_shapes(component, **CASES[case])  # type: ignore[arg-type]  # the values are those of one literal
    ports = ports_of(component).inputs
    return {port.name: _values(component, port, shapes[port.name], generator) for port in ports}


def inputs_digest(component: Component) -> str:
    """SHA-256 of all inputs that a component is compared on: shapes, dtypes and numbers, as they are made here."""
    digest = hashlib.sha256()
    for case in range(len(CASES)):
        for name, array in seeded_inputs(component, case).items():
            digest.update(canonical_json([name, array.dtype.name, list(array.shape)]) + array.tobytes())
    return digest.hexdigest()


def _values(component: Component, port: Port, shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    import numpy as np

    match port.name:
        case "timestep":
            return np.full(shape, _TIMESTEP, np.float32)
        case "input_ids":
            return _token_ids(component, generator, shape, port.dtype)
        case "class_labels":
            return generator.integers(0, component.integer("num_class_embeds"), shape, dtype=np.int64)
        case "time_ids":
            return generator.integers(0, _LARGEST_IMAGE + 1, shape).astype(np.float32)
        case "controlnet_cond":
            return generator.random(shape, dtype=np.float32)
        case _:
            return generator.standard_normal(shape, dtype=np.float32)


def _token_ids(component: Component, generator: np.random.Generator, shape: tuple[int, ...], dtype: str) -> Array:
    vocabulary, end = component.integer("vocab_size"), component.integer("eos_token_id")
    ids: Array = generator.integers(0, vocabulary, shape, dtype=dtype)
    ids[ids == end] -= 1
    ids[:, -1] = end  # CLIP pools where the end-of-text token is
    return ids
