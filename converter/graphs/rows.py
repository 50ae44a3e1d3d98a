"""More rows behind those of one tensor: the vectors of new tokens behind a text encoder's embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.canonical import JsonObject
from converter.graphs.errors import GraphError
from converter.streaming import Weights

if TYPE_CHECKING:
    import numpy as np

TOKEN_EMBEDDING = "text_model.embeddings.token_embedding.weight"  # noqa: S105 - not a password
"""The parameter that has one row for each token, `(vocab_size, hidden_size)`."""


@dataclass(frozen=True, eq=False)
class WithRows:
    """Weights of which one tensor has more rows: `read(name) == concatenate([weights.read(name), rows])`.

    Streaming takes the two one after the other (`parts`), so that the tensor is not copied.
    """

    weights: Weights
    name: str
    rows: np.ndarray
    """Of shape `(new rows, ...)`, otherwise as the tensor's."""

    def __post_init__(self) -> None:
        shape = self.weights.shapes.get(self.name)
        if shape is None or shape[1:] != self.rows.shape[1:] or not shape:
            raise GraphError(
                f"{self.name}: rows of shape {self.rows.shape} do not fit behind {shape}; use what was made for it"
            )

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Parameter name to shape, with the new rows counted."""
        shapes = self.weights.shapes
        first, *rest = shapes[self.name]
        return {**shapes, self.name: (first + len(self.rows), *rest)}

    def read(self, name: str) -> np.ndarray:
        """The tensor; a copy of all of it where it has more rows, which PyTorch needs and streaming does not."""
        import numpy as np

        found = self.parts(name)
        return found[0] if len(found) == 1 else np.concatenate([np.asarray(part, np.float32) for part in found])

    def parts(self, name: str) -> Sequence[np.ndarray]:
        """The tensor, and behind it its new rows."""
        tensor = self.weights.read(name)
        return (tensor, self.rows) if name == self.name else (tensor,)

    def done(self, name: str) -> None:
        """The tensor will not be read again: its pages may go."""
        self.weights.done(name)


def with_vocabulary(config: JsonObject, rows: int) -> JsonObject:
    """A text encoder's config, canonical or published, whose embedding has `rows` rows (`vocab_size`)."""
    return {**config, "vocab_size": rows}
