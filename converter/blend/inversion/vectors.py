"""The vectors of an inversion, read from its file and held against the model that they are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converter.blend.errors import BlendError
from converter.blend.inversion.encoders import Encoder, TextEncoders
from converter.blend.inversion.layouts import InversionKind, Recognised, Role, recognise
from converter.registry.vocabulary import EmbeddingKind
from converter.weights import SavedFile, SavedTensor, check_finite

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

_ENCODERS: Mapping[Role, Encoder] = {"only": "text_encoder", "clip_l": "text_encoder", "clip_g": "text_encoder_2"}
_FLOATS = ("F16", "BF16", "F32", "F64")


@dataclass(frozen=True, eq=False)
class Inversion:
    """What a file teaches a model: as many vectors for each of its text encoders."""

    kind: InversionKind
    own_token: str | None
    """The token that the file itself names."""
    vectors: Mapping[Encoder, Array]
    """Float32 of shape `(vectors, width)`, in the file's order; all have as many vectors."""

    @property
    def count(self) -> int:
        """How many vectors it has for each text encoder."""
        return len(next(iter(self.vectors.values())))


def read_inversion(saved: SavedFile, encoders: TextEncoders, *, model: EmbeddingKind | None = None) -> Inversion:
    """The vectors in a file, copied into memory.

    Args:
        saved: the open file.
        encoders: of the model that it is blended into.
        model: the layout that the entry names.

    Raises:
        BlendError: it is no inversion, another layout than the entry says, or does not fit the model.
        WeightsError: a number of it is NaN or infinite.
    """
    found = recognise(saved.value)
    _require_model(found.kind, model)
    _require_fit(found, encoders)
    vectors = {_ENCODERS[role]: _read(saved, tensor) for role, tensor in found.tensors.items()}
    return Inversion(found.kind, found.own_token, vectors)


def _require_model(found: InversionKind, named: EmbeddingKind | None) -> None:
    if named is not None and named.value != found.value:
        raise BlendError(
            f"`model` is {named.value}, the file is of the layout {found.value}; correct or remove `model`"
        )


def _require_fit(found: Recognised, encoders: TextEncoders) -> None:
    shapes = {_ENCODERS[role]: tensor.shape for role, tensor in found.tensors.items()}
    encoders.require_encoders(tuple(shapes), width=next(iter(shapes.values()))[-1])
    for encoder, shape in shapes.items():
        encoders.require_width(encoder, shape[-1])
    counts = {shape[0] if len(shape) == 2 else 1 for shape in shapes.values()}
    if len(counts) > 1:
        raise BlendError(
            f"its text encoders have {' and '.join(map(str, sorted(counts)))} vectors, expected as many for each; "
            "save the inversion again"
        )
    _require_count(counts.pop(), encoders)


def _require_count(count: int, encoders: TextEncoders) -> None:
    if not 1 <= count <= encoders.most_vectors:
        raise BlendError(
            f"it has {count} vectors, expected 1 to {encoders.most_vectors}: a prompt has {encoders.context} tokens, "
            "start and end included; use another inversion"
        )


def _read(saved: SavedFile, tensor: SavedTensor) -> Array:
    import numpy as np

    dtype = saved.file.info(tensor.name).dtype
    if dtype not in _FLOATS:
        raise BlendError(f"{tensor.name} holds {dtype} numbers, expected one of {', '.join(_FLOATS)}")
    numbers = saved.read(tensor)
    check_finite(numbers, tensor.name)
    with np.errstate(over="ignore"):  # what float64 holds and float32 does not is found below
        vectors = np.array(numbers, np.float32, copy=True, order="C")
    check_finite(vectors, tensor.name)
    return vectors.reshape(-1, vectors.shape[-1])
