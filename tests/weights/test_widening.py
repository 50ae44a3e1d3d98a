"""float16 to float32: the same numbers as numpy's cast, whatever the shape and the order in memory."""

import numpy as np
import pytest

from converter.weights import as_float32

EVERY_HALF = np.arange(1 << 16, dtype=np.uint16).view(np.float16)


def test_every_finite_half_is_widened_to_the_last_bit() -> None:
    halves = EVERY_HALF[np.isfinite(EVERY_HALF)]

    found = as_float32(halves)

    np.testing.assert_array_equal(found.view(np.uint32), halves.astype(np.float32).view(np.uint32))


@pytest.mark.parametrize("shape", [(), (0,), (3,), (1 << 14,), ((1 << 14) + 1,), (7, 5000), (2, 3, 4, 5)])
def test_shapes_of_any_size_keep_their_order(shape: tuple[int, ...]) -> None:
    halves = np.random.default_rng(0).standard_normal(shape).astype(np.float16)

    found = as_float32(halves)

    assert (found.dtype, found.shape, found.flags.c_contiguous) == (np.dtype(np.float32), shape, True)
    np.testing.assert_array_equal(found, halves.astype(np.float32))


@pytest.mark.parametrize("view", [lambda a: a.T, lambda a: a[::2], lambda a: a[:, 1:3], lambda a: a[::-1]])
def test_views_that_do_not_lie_in_one_piece_are_widened_too(view: object) -> None:
    halves = view(np.random.default_rng(0).standard_normal((6, 8)).astype(np.float16))  # type: ignore[operator]

    np.testing.assert_array_equal(as_float32(halves), halves.astype(np.float32))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int16", ">f2"])
def test_other_dtypes_are_cast_as_numpy_casts_them(dtype: str) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)

    np.testing.assert_array_equal(as_float32(array), array.astype(np.float32))


def test_what_is_float32_already_is_not_copied() -> None:
    array = np.ones(3, np.float32)

    assert as_float32(array) is array


def test_a_file_that_may_not_be_written_to_is_left_alone() -> None:
    halves = np.ones(4, np.float16)
    halves.flags.writeable = False

    np.testing.assert_array_equal(as_float32(halves), np.ones(4, np.float32))
