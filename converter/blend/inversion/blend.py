"""One entry's inversion: its tokens with their vectors, and what the manifest, the card and `inspect` say of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.blend.errors import BlendError
from converter.blend.inversion.encoders import Encoder, TextEncoders
from converter.blend.inversion.layouts import InversionKind
from converter.blend.inversion.tokens import TokenVectors, token_vectors
from converter.blend.inversion.vectors import read_inversion
from converter.canonical import JsonObject
from converter.registry.networks import InversionEntry
from converter.weights import SavedFile, WeightsError


@dataclass(frozen=True)
class InversionRecord:
    """What is worth knowing of an inversion."""

    name: str
    """Of its entry."""
    kind: InversionKind
    vectors: int
    widths: Mapping[Encoder, int]
    """Numbers in a vector, for each text encoder."""
    tokens: tuple[str, ...]
    """The words in a prompt, in the order of their ids; the first stands for all vectors."""
    weight: float

    def to_json(self) -> JsonObject:
        """The record as it stands in a manifest."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "vectors": self.vectors,
            "widths": {str(encoder): width for encoder, width in self.widths.items()},
            "tokens": list(self.tokens),
            "weight": self.weight,
        }


@dataclass(frozen=True, eq=False)
class BlendedInversion:
    """An inversion, ready to become rows of the text encoders."""

    record: InversionRecord
    tokens: TokenVectors


def blend_inversion(entry: InversionEntry, saved: SavedFile, encoders: TextEncoders) -> BlendedInversion:
    """The tokens of an entry's file, with their vectors.

    Args:
        entry: its name, token, weight and layout.
        saved: the open file.
        encoders: of the model that it is blended into.

    Raises:
        BlendError: it is no inversion, another layout than the entry says, or does not fit the model.
        WeightsError: a number of it is NaN or infinite, or becomes so by its weight.
    """
    try:
        inversion = read_inversion(saved, encoders, model=entry.model)
        tokens = token_vectors(inversion, entry.token or entry.name, weight=entry.weight)
    except (BlendError, WeightsError) as error:
        raise type(error)(f"inversion {entry.name} ({saved.file.path.name}): {error}") from error
    widths = {encoder: vectors.shape[1] for encoder, vectors in inversion.vectors.items()}
    record = InversionRecord(entry.name, inversion.kind, inversion.count, widths, tokens.tokens, entry.weight)
    return BlendedInversion(record, tokens)
