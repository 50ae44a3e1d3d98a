"""The guard against NaN and infinities."""

import tracemalloc
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.weights import WeightsError, check_finite

FLOATS = ["float16", "float32", "float64", "complex64", "bfloat16", "float8_e5m2"]
INTEGERS = ["int8", "int32", "int64", "uint8", "uint64", "bool"]


def dtype(name: str) -> "np.dtype[Any]":
    return np.dtype(getattr(ml_dtypes, name, name))


def extremes(name: str) -> "np.ndarray[Any, Any]":
    """The largest, the smallest and the subnormal numbers of a dtype, and both zeros."""
    info = ml_dtypes.finfo("float32" if name == "complex64" else dtype(name))
    return np.array([float(info.max), float(info.min), float(info.smallest_subnormal), 0.0, -0.0], dtype(name))


@pytest.mark.parametrize("name", FLOATS)
def test_every_finite_number_passes(name: str) -> None:
    check_finite(extremes(name), "w")


@pytest.mark.parametrize("name", INTEGERS)
def test_integers_with_all_bits_set_pass(name: str) -> None:
    check_finite(np.full(16, 255, np.uint8).view(name) if name != "bool" else np.ones(16, bool), "w")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", FLOATS)
def test_one_bad_element_is_found_with_its_tensor_and_its_index(name: str, value: float) -> None:
    array = np.zeros((300, 7, 500), dtype(name))
    array[299, 3, 41] = value
    array[299, 6, 2] = value

    with pytest.raises(WeightsError) as caught:
        check_finite(array, "unet.conv_in.weight")

    what = "NaN" if np.isnan(value) else "an infinity"
    assert f"'unet.conv_in.weight' ({name} [300, 7, 500]) holds {what} at index [299, 3, 41]" in str(caught.value)


def test_a_kind_of_float8_without_infinities_is_searched_for_nan() -> None:
    array = np.zeros(9, ml_dtypes.float8_e4m3fn)
    check_finite(array, "w")
    array[8] = float("nan")

    with pytest.raises(WeightsError, match=r"NaN at index \[8\]"):
        check_finite(array, "w")


def test_a_scalar_and_an_empty_tensor_are_looked_at_too() -> None:
    check_finite(np.zeros((0, 3), np.float32), "w")

    with pytest.raises(WeightsError, match=r"index \[\]"):
        check_finite(np.array(np.inf, np.float16), "w")


def test_a_transposed_view_is_searched_in_its_own_order() -> None:
    array = np.zeros((3, 5), np.float32)
    array[2, 4] = np.nan

    with pytest.raises(WeightsError, match=r"index \[4, 2\]"):
        check_finite(array.T, "w")


def test_numbers_of_the_other_byte_order_are_understood() -> None:
    swapped = np.dtype(np.float32).newbyteorder("S")
    check_finite(np.full(4, np.finfo(np.float32).max, swapped), "w")

    with pytest.raises(WeightsError, match=r"index \[1\]"):
        check_finite(np.array([1.0, np.nan], swapped), "w")


def test_unaligned_numbers_are_understood() -> None:
    data = bytes(1) + np.array([1.0, np.inf], np.float32).tobytes()

    with pytest.raises(WeightsError, match=r"an infinity at index \[1\]"):
        check_finite(np.frombuffer(data, np.float32, offset=1), "w")


@given(at=st.integers(0, 600_000), name=st.sampled_from(["float16", "bfloat16", "float32"]))
def test_the_index_is_right_wherever_the_element_is(at: int, name: str) -> None:
    array = np.zeros(600_001, dtype(name))
    array[at] = np.nan

    with pytest.raises(WeightsError, match=rf"index \[{at}\]"):
        check_finite(array, "w")


def test_the_search_needs_little_memory_besides_the_tensor() -> None:
    array = np.zeros(16 << 20, np.float32)
    tracemalloc.start()

    check_finite(array, "w")

    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes < 3 << 20
