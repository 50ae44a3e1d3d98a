"""Weights in 8 bits: the plain formula to the last bit, and no weight is off by more than half a step."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.weights import BLOCK_SIZE, LARGEST_FLOAT16, from_blocks, in_blocks

Array = np.ndarray[Any, Any]
SCALES = (1e-44, 1e-12, 1e-8, 1e-6, 1e-4, 1e-2, 1, 1e4)


def weights(scale: float = 1, blocks: int = 300, seed: int = 0) -> Array:
    values = np.random.default_rng(seed).standard_normal(blocks * BLOCK_SIZE) * scale
    return np.clip(values, -LARGEST_FLOAT16, LARGEST_FLOAT16).astype(np.float32)


def plainly(values: Array) -> tuple[Array, Array]:
    """The formula, one block after the other."""
    numbers, scales = [], []
    for block in values.reshape(-1, BLOCK_SIZE):
        largest = np.abs(block).max()
        scale = np.float16(largest / np.float32(127))
        if np.float32(scale) * np.float32(127) < largest:
            scale = np.nextafter(scale, np.float16(np.inf))
        inverse = np.float32(1) / np.float32(scale) if scale else np.float32(0)
        numbers.append((np.rint(block * inverse) + 128).astype(np.uint8))
        scales.append(scale)
    return np.concatenate(numbers), np.array(scales, np.float16)


@pytest.mark.parametrize("scale", SCALES)
def test_it_is_the_plain_formula_to_the_last_bit(scale: float) -> None:
    values = weights(scale)
    for found, expected in zip(in_blocks(values), plainly(values), strict=True):
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@given(
    st.lists(
        st.floats(-LARGEST_FLOAT16, LARGEST_FLOAT16, width=32, allow_nan=False),
        min_size=BLOCK_SIZE,
        max_size=BLOCK_SIZE,
    )
)
def test_it_is_the_plain_formula_for_any_block(values: list[float]) -> None:
    block = np.array(values, np.float32)
    for found, expected in zip(in_blocks(block), plainly(block), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("scale", SCALES)
def test_no_weight_is_off_by_more_than_half_a_step(scale: float) -> None:
    values = weights(scale)
    numbers, scales = in_blocks(values)
    error = np.abs(from_blocks(numbers, scales).astype(np.float64) - values)
    # The product with 1 / scale is rounded before it is rounded to a whole number.
    step = np.repeat(scales.astype(np.float64), BLOCK_SIZE)
    assert (error <= step * (0.5 + 127 * 2.0**-22)).all()


def test_halfway_goes_to_the_even_number() -> None:
    block = np.zeros(BLOCK_SIZE, np.float32)
    block[:5] = [127, 0.5, 1.5, 2.5, -0.5]
    numbers, (scale,) = in_blocks(block)
    assert scale == 1
    assert numbers[:5].tolist() == [255, 128, 130, 130, 128]


def test_zeros_stay_zeros_and_a_block_of_them_has_no_scale() -> None:
    values = weights(blocks=3)
    values[BLOCK_SIZE : 2 * BLOCK_SIZE] = 0
    values[0] = -0.0
    numbers, scales = in_blocks(values)
    assert scales[1] == 0
    assert scales[0] > 0
    assert set(numbers[BLOCK_SIZE : 2 * BLOCK_SIZE]) == {128}
    np.testing.assert_array_equal(from_blocks(numbers, scales)[values == 0], 0)


def test_a_matrix_of_nothing_but_its_sign_is_mirrored() -> None:
    values = weights()
    numbers, scales = in_blocks(values)
    mirrored, same = in_blocks(-values)
    np.testing.assert_array_equal(scales, same)
    np.testing.assert_array_equal(numbers.astype(int) - 128, 128 - mirrored.astype(int))


def test_the_largest_weights_of_float16_keep_a_finite_scale() -> None:
    numbers, scales = in_blocks(np.full(BLOCK_SIZE, -LARGEST_FLOAT16, np.float32))
    assert np.isfinite(scales).all()
    assert set(numbers) == {1}


def test_the_error_is_no_larger_than_that_of_onnxruntimes_own_quantiser() -> None:
    """Of its Python one, with 8 bits, blocks of the same size and no zero points."""
    from onnxruntime.capi._pybind_state import quantize_matmul_8bits

    inputs, outputs = 640, 96
    matrix = weights(0.03, inputs * outputs // BLOCK_SIZE).reshape(inputs, outputs)
    theirs = np.zeros((outputs, inputs // BLOCK_SIZE, BLOCK_SIZE), np.uint8)
    their_scales = np.zeros(outputs * inputs // BLOCK_SIZE, np.float32)
    zero_points = np.zeros(their_scales.shape, np.uint8)
    quantize_matmul_8bits(theirs, matrix, their_scales, zero_points, BLOCK_SIZE, outputs, inputs, True)
    wanted = np.ascontiguousarray(matrix.T).reshape(-1)
    ours = from_blocks(*in_blocks(wanted))
    other = (theirs.astype(np.float32) - 128).reshape(-1, BLOCK_SIZE) * their_scales[:, None]

    def rms(found: Array) -> float:
        return float(np.sqrt(np.mean((found.reshape(-1) - wanted) ** 2)))

    assert rms(other) < 0.03 / 50  # it did what we think it does
    assert rms(ours) <= 1.02 * rms(other)
