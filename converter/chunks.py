"""The bytes of a parameter as they are stored: turned, checked and cast, in pieces that stay in a core's cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from converter.weights import LARGEST_FLOAT16, WeightsError, as_float16, as_float32, check_finite, in_blocks

if TYPE_CHECKING:
    import numpy as np

CHUNK_BYTES = 2 << 20
"""Small enough that a chunk is checked, written and hashed from the processor's cache."""
_STRIP = 32
_HALF_STRIP = 512
_LARGEST_FLOAT16_BITS = 0x7BFF

Dtype: TypeAlias = Literal["float32", "float16"]


def plain_chunks(
    arrays: Sequence[np.ndarray], name: str, permutation: tuple[int, ...] | None, stored: Dtype
) -> Iterator[memoryview]:
    """The numbers of a parameter in the dtype in which they are stored, in pieces of about 2 MiB.

    Args:
        arrays: the parameter; several ones are below each other, along their first axis.
        name: of the parameter, for messages.
        permutation: axes in the order in which they are stored; `None` means unchanged.
        stored: the dtype.

    Raises:
        WeightsError: a value is NaN or infinite, or too large for float16.
    """
    for array in arrays:
        halves = array.dtype == "float16"
        if halves:  # widening takes finite numbers only
            check_finite(array, name)
        # What is float16 and stays it is copied as it is.
        dtype: Dtype = "float16" if halves and stored == "float16" else "float32"
        for values in _pieces(array, permutation, dtype):
            if dtype == stored:
                if not halves:
                    _require_finite(values, array, name)
                yield values.data.cast("B")
            else:
                yield _narrowed(values, array, name).data.cast("B")


def block_chunks(
    arrays: Sequence[np.ndarray], name: str, permutation: tuple[int, ...] | None, scales_at: int
) -> Iterator[memoryview]:
    """The numbers of all blocks as they are made, and from byte `scales_at` on the scales, a sixteenth of that.

    Raises:
        WeightsError: a value is NaN or infinite, or too large for float16.
    """
    kept: list[np.ndarray] = []
    size_bytes = 0
    for array in arrays:
        check_finite(array, name)
        # As long as whole pieces are whole blocks; the last one is, too, because rows are.
        for values in _pieces(array, permutation, "float32"):
            _require_in_float16(values, name)
            numbers, scales = in_blocks(values)
            kept.append(scales)
            size_bytes += numbers.nbytes
            yield numbers.data.cast("B")
    yield memoryview(bytes(scales_at - size_bytes))
    yield from (scales.data.cast("B") for scales in kept)


def _narrowed(values: np.ndarray, tensor: np.ndarray, name: str) -> np.ndarray:
    """Float32 values of a tensor, each rounded to the nearest of float16.

    Raises:
        WeightsError: one is not finite, or beyond the largest number of float16.
    """
    import numpy as np

    halves = as_float16(values)
    # Without their sign the largest number, infinity and NaN are float16's last bit patterns, in this order; looking at
    # half as many bytes as the values have takes a third of the time.
    if (halves.view(np.uint16) & 0x7FFF).max(initial=0) >= _LARGEST_FLOAT16_BITS:
        _require_finite(values, tensor, name)
        _require_in_float16(values, name)
    return halves


def _require_in_float16(values: np.ndarray, name: str) -> None:
    largest = max(float(values.max(initial=0)), -float(values.min(initial=0)))
    if largest > LARGEST_FLOAT16:
        raise WeightsError(
            f"tensor {name!r} has a value of magnitude {largest:.10g}, expected at most {LARGEST_FLOAT16:g}, "
            "the largest of float16; use `precision: fp32`"
        )


def _require_finite(values: np.ndarray, tensor: np.ndarray, name: str) -> None:
    """Check a piece while it is in the cache; what is wrong is said of the whole tensor, with the right index."""
    try:
        check_finite(values, name)
    except WeightsError:
        check_finite(tensor, name)
        raise


def _pieces(tensor: np.ndarray, permutation: tuple[int, ...] | None, dtype: Dtype) -> Iterator[np.ndarray]:
    """Contiguous pieces of `tensor` (or of its transpose), in C order, flat; `float16` takes only what is float16."""
    import numpy as np

    ordered = tensor.reshape(-1) if permutation is None else tensor.transpose(permutation)
    rows = max(1, CHUNK_BYTES // max(1, 4 * ordered[:1].size))
    for start in range(0, len(ordered), rows):
        piece = ordered[start : start + rows]
        if permutation == (1, 0):
            yield _transposed(piece, dtype).reshape(-1)
        elif dtype == "float16":
            yield np.ascontiguousarray(piece).reshape(-1)
        else:
            yield as_float32(piece).reshape(-1)


def _transposed(matrix: np.ndarray, dtype: Dtype) -> np.ndarray:
    """A copy of a matrix that lies in memory column by column; two to five times faster than one whole copy.

    Source rows are taken in strips, so that the lines of the source stay in the processor's cache until they are used
    up; those of float16 are widened first, strip by strip, and strips may be longer because they are half as wide.
    """
    import numpy as np

    copy = np.empty(matrix.shape, dtype)
    halves = matrix.dtype == np.float16
    widened = halves and dtype == "float32"
    length = _HALF_STRIP if halves else _STRIP
    for start in range(0, matrix.shape[1], length):
        strip = matrix[:, start : start + length]
        copy[:, start : start + length] = as_float32(strip.T).T if widened else strip
    return copy
