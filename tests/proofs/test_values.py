"""The digest of a state dict's numbers: names, dtypes, shapes and each number, however they lie in memory."""

import ml_dtypes
import numpy as np
import pytest

from converter.proofs import digest_of_values
from tests.support.components import ArrayWeights

Array = np.ndarray[tuple[int, ...], np.dtype[np.generic]]


def digest(**arrays: Array) -> str:
    return digest_of_values(ArrayWeights(arrays))


LARGE = np.arange(3 << 20, dtype=np.float32).reshape(3 << 10, -1)


def test_order_and_place_in_memory_do_not_matter() -> None:
    turned = np.asfortranarray(LARGE)
    assert not turned.flags.c_contiguous
    assert digest(a=LARGE, b=LARGE[:1]) == digest(b=LARGE[:1].copy(), a=turned)


@pytest.mark.parametrize("at", [0, -1, LARGE.size // 2])
def test_every_number_matters(at: int) -> None:
    other = LARGE.copy()
    other.flat[at] += 1
    assert digest(a=other) != digest(a=LARGE)


def test_name_dtype_and_shape_matter() -> None:
    small = np.zeros((2, 6), np.float16)
    found = [digest(a=small), digest(b=small), digest(a=small.reshape(3, 4)), digest(a=small.view(np.int16))]
    found.append(digest(a=small.view(ml_dtypes.bfloat16)))
    assert len(set(found)) == 5


def test_a_number_alone_and_nothing_have_digests() -> None:
    assert digest(a=np.float32(1).reshape(())) != digest(a=np.float32(2).reshape(()))
    assert digest(a=np.empty((0, 4), np.float32)) != digest(a=np.empty((4, 0), np.float32))


def test_pages_are_given_back() -> None:
    weights = ArrayWeights({"a": LARGE})
    digest_of_values(weights)
    assert weights.calls == [("read", "a"), ("done", "a")]
