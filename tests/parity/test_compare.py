from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from converter.parity import LIMITS, Difference, Limits, ParityError, difference, worst

NUMBERS = st.floats(-1e3, 1e3, width=32)
ARRAYS = arrays(np.float32, (3, 4), elements=NUMBERS)
LIMIT = Limits(max_abs=0.1, psnr_db=50)


def test_equal_outputs_have_no_error_and_an_infinite_ratio() -> None:
    one = np.array([1.0, -2.0], np.float32)
    assert difference(one, one.copy(), "y") == Difference(0.0, inf)


def test_two_zero_outputs_are_equal() -> None:
    assert difference(np.zeros(3, np.float32), np.zeros(3, np.float32), "y") == Difference(0.0, inf)


@pytest.mark.parametrize(
    ("error", "peak", "psnr_db"),
    [(0.1, 1.0, 20.0), (0.01, 1.0, 40.0), (0.01, 10.0, 60.0), (1.0, 1.0, 0.0)],
)
def test_the_ratio_is_that_of_the_references_peak_to_the_root_of_the_mean_square(
    error: float, peak: float, psnr_db: float
) -> None:
    expected = np.array([peak, 0.0, -peak / 2], np.float64)
    found = difference(expected + error, expected, "y")
    assert found.psnr_db == pytest.approx(psnr_db, abs=1e-9)
    assert found.max_abs == pytest.approx(error)


def test_one_wrong_element_of_four_counts_a_quarter_in_the_mean_and_whole_in_the_maximum() -> None:
    found = difference(np.array([1.0, 1, 1, 1.2]), np.ones(4), "y")
    assert found.max_abs == pytest.approx(0.2)
    assert found.psnr_db == pytest.approx(20.0)


def test_the_peak_is_the_references_own() -> None:
    small, large = np.array([1.0]), np.array([2.0])
    assert difference(large, small, "y").psnr_db == pytest.approx(0.0)
    assert difference(small, large, "y").psnr_db == pytest.approx(6.0206, abs=1e-4)


def test_a_negative_peak_counts() -> None:
    assert difference(np.array([-9.0]), np.array([-10.0]), "y").psnr_db == pytest.approx(20.0)


def test_anything_against_zeros_keeps_no_limit() -> None:
    found = difference(np.full(3, 1e-9), np.zeros(3), "y")
    assert found.psnr_db == -inf
    assert not found.within(LIMIT)


@given(ARRAYS, ARRAYS)
def test_the_maximum_does_not_depend_on_who_is_the_reference(a: np.ndarray, b: np.ndarray) -> None:
    assert difference(a, b, "y").max_abs == difference(b, a, "y").max_abs


@given(ARRAYS, ARRAYS, st.permutations(range(12)))
def test_the_order_of_elements_does_not_matter(a: np.ndarray, b: np.ndarray, order: list[int]) -> None:
    one = difference(a, b, "y")
    other = difference(a.reshape(-1)[order], b.reshape(-1)[order], "y")
    assert other.max_abs == one.max_abs
    assert other.psnr_db == pytest.approx(one.psnr_db, abs=1e-6)


def test_another_shape_is_refused_even_if_it_would_broadcast() -> None:
    with pytest.raises(ParityError, match=r"output y has shape \(1,\), PyTorch's has \(3,\)"):
        difference(np.ones(1), np.ones(3), "y")


@pytest.mark.parametrize("bad", [nan, inf, -inf])
def test_an_output_that_is_not_finite_is_refused_with_whose_it_is(bad: float) -> None:
    fine, broken = np.ones(2), np.array([1.0, bad])
    with pytest.raises(ParityError, match="output y of onnxruntime is NaN or infinite"):
        difference(broken, fine, "y")
    with pytest.raises(ParityError, match="output y of PyTorch is NaN or infinite"):
        difference(fine, broken, "y")


def test_the_same_nan_on_both_sides_is_not_equal() -> None:
    with pytest.raises(ParityError):
        difference(np.array([nan]), np.array([nan]), "y")


@pytest.mark.parametrize(
    ("found", "within"),
    [
        (Difference(0.1, 50), True),
        (Difference(0.0, inf), True),
        (Difference(0.11, 50), False),
        (Difference(0.1, 49.9), False),
        (Difference(nan, 60), False),
        (Difference(0.0, nan), False),
    ],
)
def test_both_figures_must_keep_their_limits(found: Difference, within: bool) -> None:
    assert found.within(LIMIT) is within


def test_the_worst_of_several_is_worst_in_each_figure() -> None:
    assert worst([Difference(0.1, 60), Difference(0.2, 80), Difference(0.0, inf)]) == Difference(0.2, 60)


def test_the_limits_of_float32_are_those_that_the_releases_promise() -> None:
    assert LIMITS["fp32"] == Limits(max_abs=1e-3, psnr_db=100.0)


@pytest.mark.parametrize("precision", ["fp16", "fp16-internal"])
def test_the_limits_of_float16_are_of_the_ratio_alone(precision: str) -> None:
    limits = LIMITS[precision]
    assert (limits.as_record(), str(limits)) == ({"psnr_db": 50.0}, "at least 50 dB")
    found = [Difference(3.0, 50), Difference(3.0, 49.9), Difference(inf, 60), Difference(nan, 60), Difference(0.0, nan)]
    assert [each.within(limits) for each in found] == [True, False, False, False, False]
