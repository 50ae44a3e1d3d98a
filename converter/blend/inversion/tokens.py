"""The words in a prompt that stand for the vectors of an inversion, named as onnx-web names them.

Source: https://github.com/ssube/onnx-web/blob/568a16c5/api/onnx_web/convert/diffusion/textual_inversion.py, MIT
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from converter.blend.errors import BlendError
from converter.blend.inversion.encoders import Encoder
from converter.blend.inversion.vectors import Inversion
from converter.weights import check_finite

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, eq=False)
class TokenVectors:
    """Tokens, and the vector that each of them is for each text encoder."""

    tokens: tuple[str, ...]
    """In the order of their ids."""
    rows: Mapping[Encoder, Array]
    """Float32 of shape `(tokens, width)`, in the same order."""

    def vector(self, token: str, encoder: Encoder = "text_encoder") -> Array:
        """What a token is for an encoder: float32 of shape `(width,)`."""
        vector: Array = self.rows[encoder][self.tokens.index(token)]
        return vector


def token_vectors(inversion: Inversion, base: str, *, weight: float = 1.0) -> TokenVectors:
    """The tokens of an inversion.

    With `v[i] = weight * (the file's vector i)` in float32: `base-i` is `v[i]`; `base`, `base-all` and the token that
    the file itself names are the sum of all `v`.

    Args:
        inversion: its vectors.
        base: the entry's token, or its name.
        weight: what the vectors are multiplied by.

    Raises:
        BlendError: two of the tokens are the same word with different vectors.
        WeightsError: the weight makes a number infinite.
    """
    count = inversion.count
    own = () if inversion.own_token is None else (inversion.own_token,)
    tokens = (base, *(f"{base}-{index}" for index in range(count)), f"{base}-all", *own)
    order = (count, *range(count), count, *(count for _ in own))
    sums = {encoder: _with_sum(vectors, weight) for encoder, vectors in inversion.vectors.items()}
    return joined([TokenVectors(tokens, {encoder: values[list(order)] for encoder, values in sums.items()})])


def _with_sum(vectors: Array, weight: float) -> Array:
    """The weighted vectors, and behind them their sum."""
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):  # found by the check
        weighted = vectors * np.float32(weight)
        every: Array = np.concatenate([weighted, weighted.sum(axis=0, keepdims=True, dtype=np.float32)])
    check_finite(every, f"vectors times {weight}")
    return every


def joined(parts: Sequence[TokenVectors]) -> TokenVectors:
    """The tokens of several inversions, one behind the other; the same token with the same vectors is there once.

    CLIP reads prompts in lower case, so `Toy` and `toy` are one word: both are kept, for readers that look for a token
    before they lower the case, but they must have the same vectors.

    Raises:
        BlendError: a token is there twice, with different vectors; or the parts are for different encoders.
    """
    import numpy as np

    known: dict[str, tuple[Array, ...]] = {}
    kept: dict[str, tuple[Array, ...]] = {}
    for token, vectors in _each(parts):
        first = known.setdefault(token.lower(), vectors)
        if not all(np.array_equal(one, other) for one, other in zip(first, vectors, strict=True)):
            raise BlendError(
                f"the token {token!r} stands for two different vectors (CLIP does not tell case), expected each token "
                "once; give one of the inversions another `token`"
            )
        kept.setdefault(token, vectors)
    encoders = tuple(parts[0].rows) if parts else ()
    return TokenVectors(
        tuple(kept), {encoder: np.stack([row[i] for row in kept.values()]) for i, encoder in enumerate(encoders)}
    )


def _each(parts: Sequence[TokenVectors]) -> Iterator[tuple[str, tuple[Array, ...]]]:
    for part in parts:
        if set(part.rows) != set(parts[0].rows):
            raise BlendError("the inversions are for different text encoders, expected those of one model")
        for index, token in enumerate(part.tokens):
            yield token, tuple(part.rows[encoder][index] for encoder in parts[0].rows)
