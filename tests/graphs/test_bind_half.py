"""Binding weights to parameters that are stored in float16."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest

from converter.chunks import CHUNK_BYTES
from converter.graphs import Parameter, bind
from converter.weights import WeightsError
from tests.support.components import ArrayWeights
from tests.support.tiny_templates import as_it_is, tiny_template, turned

Array = np.ndarray[Any, Any]
LARGEST = 65504.0


def half(parameter: Parameter) -> Parameter:
    return replace(parameter, dtype="float16")


def bound(parameter: Parameter, value: Array, folder: Path) -> Array:
    bind(tiny_template([parameter]), ArrayWeights({parameter.source: value}), folder)
    (tensor,) = onnx.load(folder / "model.onnx").graph.initializer
    found: Array = onnx.numpy_helper.to_array(tensor)
    return found


def numbers(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, ml_dtypes.bfloat16])
def test_each_number_becomes_the_nearest_of_float16(tmp_path: Path, dtype: Any) -> None:
    value = numbers(3, 5).astype(dtype)
    found = bound(half(as_it_is("w", 3, 5)), value, tmp_path)
    assert found.dtype == np.float16
    np.testing.assert_array_equal(found, value.astype(np.float32).astype(np.float16))
    assert (tmp_path / "weights.pb").stat().st_size == 2 * value.size


def test_each_finite_number_of_float16_stays_what_it_is(tmp_path: Path) -> None:
    every = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    every = every[np.isfinite(every)]
    found = bound(half(as_it_is("w", len(every))), every, tmp_path)
    assert found.tobytes() == every.tobytes()


def test_a_turned_matrix_is_turned_and_rounded(tmp_path: Path) -> None:
    value = numbers(70, 40)
    found = bound(half(turned("w", 70, 40)), value, tmp_path)
    np.testing.assert_array_equal(found, value.T.astype(np.float16))


def test_a_turned_matrix_of_float16_is_only_turned(tmp_path: Path) -> None:
    value = numbers(700, 40).astype(np.float16)
    assert bound(half(turned("w", 700, 40)), value, tmp_path).tobytes() == np.ascontiguousarray(value.T).tobytes()


def test_several_chunks_are_one_tensor(tmp_path: Path) -> None:
    value = numbers(CHUNK_BYTES // 4 + 7)
    np.testing.assert_array_equal(bound(half(as_it_is("w", len(value))), value, tmp_path), value.astype(np.float16))


def test_parameters_of_both_types_lie_in_one_file(tmp_path: Path) -> None:
    parameters = [half(as_it_is("a", 3)), as_it_is("b", 2)]
    values = {"a": numbers(3), "b": numbers(2)}
    bind(tiny_template(parameters), ArrayWeights(values), tmp_path)
    tensors = onnx.load(tmp_path / "model.onnx").graph.initializer
    found = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in tensors}
    np.testing.assert_array_equal(found["a"], values["a"].astype(np.float16))
    np.testing.assert_array_equal(found["b"], values["b"])


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_number_of_float16_is_stored(tmp_path: Path, sign: int) -> None:
    value = np.array([0, sign * LARGEST], np.float32)
    np.testing.assert_array_equal(bound(half(as_it_is("w", 2)), value, tmp_path), value.astype(np.float16))


@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_beyond_it_is_refused_by_the_name_of_its_parameter(tmp_path: Path, sign: int) -> None:
    value = np.array([0, sign * np.nextafter(np.float32(LARGEST), np.float32(np.inf))], np.float32)
    with pytest.raises(WeightsError, match=r"'conv_in\.weight' has a value of magnitude 65504\.00.*`precision: fp32`"):
        bound(half(as_it_is("conv_in.weight", 2)), value, tmp_path)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_as_in_float32(tmp_path: Path, wrong: float) -> None:
    with pytest.raises(WeightsError, match="w"):
        bound(half(as_it_is("w", 2)), np.array([1, wrong], np.float32), tmp_path)
