"""A digest of the numbers of a state dict, as they are in their files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from converter.canonical import canonical_json
from converter.streaming import Weights

if TYPE_CHECKING:
    import numpy as np

_CHUNK_BYTES = 2 << 20


def digest_of_values(weights: Weights) -> str:
    """SHA-256 of every tensor by its name: dtype, shape and numbers. Takes half a second a gigabyte, and no copies."""
    digest = hashlib.sha256()
    for name in sorted(weights.shapes):
        array = weights.read(name)
        # How many bytes follow is said before them, so that no two state dicts give the same stream.
        digest.update(canonical_json([name, array.dtype.name, list(array.shape)]))
        for piece in _pieces(array):
            digest.update(piece)
        weights.done(name)
    return digest.hexdigest()


def _pieces(array: np.ndarray) -> Iterator[memoryview]:
    """The bytes of an array in C order, a few rows at a time: what lies in the file column by column is copied."""
    import numpy as np

    rows = array.reshape(-1) if array.flags.c_contiguous else array
    step = max(1, _CHUNK_BYTES // max(1, rows[:1].nbytes))
    for begin in range(0, len(rows), step):
        yield np.ascontiguousarray(rows[begin : begin + step]).reshape(-1).view(np.uint8).data
