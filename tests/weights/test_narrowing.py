from typing import Any

import numpy as np
import pytest

from converter.weights import LARGEST_FLOAT16, as_float16

Array = np.ndarray[Any, Any]


def halves() -> Array:
    """Every finite number of float16, in order, in float32."""
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16).astype(np.float32)
    return np.sort(every[np.isfinite(every)])


def bits(array: Array) -> Array:
    return array.view(np.uint16)


def test_every_number_of_float16_is_itself() -> None:
    np.testing.assert_array_equal(bits(as_float16(halves())), bits(halves().astype(np.float16)))


def test_what_lies_between_two_goes_to_the_nearest_and_halfway_to_the_even() -> None:
    middle = (halves()[:-1] + halves()[1:]) / 2
    for values in (middle, np.nextafter(middle, np.float32(np.inf)), np.nextafter(middle, np.float32(-np.inf))):
        np.testing.assert_array_equal(bits(as_float16(values)), bits(values.astype(np.float16)))


@pytest.mark.parametrize("scale", [1e-40, 1e-9, 1e-6, 1e-2, 1, 1e4])
def test_it_is_numpys_own_cast_at_any_scale(scale: float) -> None:
    values = (np.random.default_rng(0).standard_normal(10_000) * scale).astype(np.float32)
    np.testing.assert_array_equal(bits(as_float16(values)), bits(values.astype(np.float16)))


def test_the_largest_number_stays_finite() -> None:
    assert as_float16(np.array([LARGEST_FLOAT16, -LARGEST_FLOAT16], np.float32)).tolist() == [65504, -65504]


def test_the_shape_stays() -> None:
    assert as_float16(np.zeros((2, 3, 4), np.float32)).shape == (2, 3, 4)
