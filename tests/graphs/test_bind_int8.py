"""Binding weights to parameters that are stored in blocks of 8 bits."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import onnxruntime as ort
import pytest

from converter.chunks import CHUNK_BYTES
from converter.graphs import Parameter, bind, in_int8
from converter.graphs.layout import lay_out
from converter.weights import BLOCK_SIZE, WeightsError, from_blocks, in_blocks
from tests.graphs.test_int8 import LINEAR, linear, linear_template
from tests.support.components import ArrayWeights
from tests.support.tiny_templates import as_it_is, tiny_template

Array = np.ndarray[Any, Any]


def blocks(name: str, rows: int, columns: int) -> Parameter:
    return Parameter(name, name, (rows, columns), None, "float16", BLOCK_SIZE)


def numbers(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def bound(values: dict[Parameter, Array], folder: Path) -> dict[str, Array]:
    """Initializer to value; each parameter is in the data file, and the graph reads none."""
    template = tiny_template([])
    model = onnx.ModelProto.FromString(template.graph)
    bind(
        replace(template, parameters=tuple(values), graph=model.SerializeToString()),
        ArrayWeights({parameter.source: value for parameter, value in values.items()}),
        folder,
    )
    found = onnx.load(folder / "model.onnx").graph.initializer
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in found}


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, ml_dtypes.bfloat16])
def test_a_matrix_becomes_its_blocks_and_their_scales(tmp_path: Path, dtype: Any) -> None:
    value = numbers(5, 96).astype(dtype)
    found = bound({blocks("w", 5, 96): value}, tmp_path)
    expected, scales = in_blocks(value.astype(np.float32).reshape(-1))
    np.testing.assert_array_equal(found["w"], expected.reshape(5, 3, 32))
    np.testing.assert_array_equal(found["w_scales"], scales.reshape(5, 3))


def test_several_chunks_are_one_tensor_and_its_neighbours_stay(tmp_path: Path) -> None:
    rows = CHUNK_BYTES // 4 // 64 * 2 + 3
    value, before, behind = numbers(rows, 64), numbers(7), numbers(9)
    found = bound(
        {as_it_is("a", 7): before, blocks("w", rows, 64): value, replace(as_it_is("b", 9), dtype="float16"): behind},
        tmp_path,
    )
    expected, scales = in_blocks(value.reshape(-1))
    np.testing.assert_array_equal(found["w"].reshape(-1), expected)
    np.testing.assert_array_equal(found["w_scales"].reshape(-1), scales)
    np.testing.assert_array_equal(found["a"], before)
    np.testing.assert_array_equal(found["b"], behind.astype(np.float16))


def test_numbers_and_scales_start_where_their_sizes_put_them() -> None:
    slots = lay_out([as_it_is("a", 3), blocks("w", 2048, 1024), blocks("v", 2, 32)])
    assert [(slot.offset, slot.scales_offset, slot.end) for slot in slots] == [
        (0, None, 12),
        (4096, 4096 + (2 << 20), 4096 + (2 << 20) + (128 << 10)),
        (4096 + (2 << 20) + (128 << 10), 4096 + (2 << 20) + (128 << 10) + 64, 4096 + (2 << 20) + (128 << 10) + 68),
    ]


def test_onnxruntime_computes_with_the_weights_that_we_say_it_has(tmp_path: Path) -> None:
    value = numbers(48, 64)
    template = in_int8(linear_template(linear()))
    bind(template, ArrayWeights({LINEAR: value}), tmp_path)
    x = numbers(3, 64).astype(np.float16)
    session = ort.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"x": x})
    weights = from_blocks(*in_blocks(value.reshape(-1))).reshape(48, 64)
    expected = x.astype(np.float32) @ weights.T
    np.testing.assert_allclose(found, expected, rtol=2.0**-11, atol=2.0**-8)
    # The eight bits are seen: with the weights as they were, most numbers are others.
    assert np.abs(found - x.astype(np.float32) @ value.T).max() > 2.0**-6


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused_by_name(tmp_path: Path, wrong: float, dtype: Any) -> None:
    value = numbers(4, 32).astype(dtype)
    value[2, 3] = wrong
    with pytest.raises(WeightsError, match=r"'fc1\.weight'.*2, 3"):
        bound({blocks("fc1.weight", 4, 32): value}, tmp_path)


def test_a_number_that_no_float16_computes_with_is_refused_by_name(tmp_path: Path) -> None:
    value = numbers(4, 32)
    value[1, 1] = 70000
    with pytest.raises(WeightsError, match=r"'fc1\.weight' has a value of magnitude 70000"):
        bound({blocks("fc1.weight", 4, 32): value}, tmp_path)
