import hashlib
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.chunks import CHUNK_BYTES
from converter.files import sha256_of
from converter.graphs import ComponentKind, Parameter, Template, bind
from converter.graphs.layout import lay_out
from converter.progress import Progress
from tests.support.components import ArrayWeights, weights_of
from tests.support.sd1_models import pico
from tests.support.tiny_templates import as_it_is, tiny_template, turned

Array = np.ndarray[Any, Any]


def numbers(*shape: int) -> Array:
    return np.random.default_rng(0).standard_normal(shape, dtype=np.float32)


def stored(folder: Path, parameter: Parameter, parameters: list[Parameter]) -> Array:
    """A parameter's value, read from where the layout says."""
    slot = next(slot for slot in lay_out(parameters) if slot.parameter == parameter)
    data = (folder / "weights.pb").read_bytes()[slot.offset : slot.end]
    return np.frombuffer(data, np.float32).reshape(parameter.shape)


def bind_one(parameter: Parameter, value: Array, folder: Path) -> Array:
    bind(tiny_template([parameter]), ArrayWeights({parameter.source: value}), folder)
    return stored(folder, parameter, [parameter])


def test_each_bound_tensor_is_the_models_own(kind: ComponentKind, template: Template, bound: Path) -> None:
    weights = weights_of(pico(), kind)
    graph = onnx.load(bound / "model.onnx").graph
    found = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for parameter in template.parameters:
        expected = weights.read(parameter.source)
        np.testing.assert_array_equal(
            found[parameter.name], expected.transpose(parameter.permutation) if parameter.permutation else expected
        )


def test_two_runs_write_the_same_bytes(kind: ComponentKind, template: Template, bound: Path, tmp_path: Path) -> None:
    bind(template, weights_of(pico(), kind), tmp_path)
    for name in ("model.onnx", "weights.pb"):
        assert sha256_of(tmp_path / name) == sha256_of(bound / name)


def test_the_digests_are_those_of_the_files(tmp_path: Path, small_template: Template) -> None:
    files = bind(small_template, weights_of(pico(), ComponentKind.VAE_DECODER), tmp_path)
    assert [file.name for file in files] == ["model.onnx", "weights.pb"]
    for file in files:
        data = (tmp_path / file.name).read_bytes()
        assert (file.size_bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def test_the_folders_above_are_made(tmp_path: Path) -> None:
    bind_one(as_it_is("w", 2), numbers(2), tmp_path / "a" / "unet")
    assert (tmp_path / "a" / "unet" / "weights.pb").is_file()


def test_files_of_an_earlier_run_are_replaced(tmp_path: Path) -> None:
    (tmp_path / "weights.pb").write_bytes(b"x" * 10_000)
    (tmp_path / "model.onnx").write_bytes(b"x" * 10_000)
    bind_one(as_it_is("w", 2), numbers(2), tmp_path)
    assert (tmp_path / "weights.pb").stat().st_size == 8
    onnx.checker.check_model(str(tmp_path / "model.onnx"))


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_each_finite_half_precision_number_is_widened_exactly(tmp_path: Path, dtype: Any) -> None:
    every = np.arange(1 << 16, dtype=np.uint16).view(dtype)
    finite = every[np.isfinite(every.astype(np.float32))]
    found = bind_one(as_it_is("w", len(finite)), finite, tmp_path)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found.astype(dtype).view(np.uint16), finite.view(np.uint16))
    np.testing.assert_array_equal(found.astype(np.float64), finite.astype(np.float64))


def test_float32_numbers_are_copied_bit_by_bit(tmp_path: Path) -> None:
    tiny = np.array([0.0, -0.0, 1e-45, np.finfo(np.float32).max, 0.1], np.float32)
    assert bind_one(as_it_is("w", 5), tiny, tmp_path).tobytes() == tiny.tobytes()


@given(st.permutations(range(4)), st.lists(st.integers(1, 4), min_size=4, max_size=4))
def test_a_tensor_is_stored_with_its_axes_permuted(
    tmp_path_factory: pytest.TempPathFactory, permutation: list[int], shape: list[int]
) -> None:
    value = numbers(*shape)
    parameter = turned("w", *shape, permutation=tuple(permutation))
    found = bind_one(parameter, value, tmp_path_factory.mktemp("bound"))
    np.testing.assert_array_equal(found, value.transpose(permutation))


@pytest.mark.parametrize(
    "shape",
    [(CHUNK_BYTES // 4 + 1,), (3, CHUNK_BYTES // 8 + 1), (CHUNK_BYTES // 2 + 3, 1), (1, CHUNK_BYTES // 4 + 1)],
)
@pytest.mark.parametrize("transposed", [False, True])
def test_a_tensor_larger_than_a_chunk_is_whole(tmp_path: Path, shape: tuple[int, ...], transposed: bool) -> None:
    value = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    parameter = turned("w", *shape) if transposed and len(shape) == 2 else as_it_is("w", *shape)
    found = bind_one(parameter, value, tmp_path)
    np.testing.assert_array_equal(found, value.T if parameter.permutation else value)


def test_a_scalar_is_stored(tmp_path: Path) -> None:
    assert bind_one(as_it_is("w"), np.array(1.5, np.float32), tmp_path).tolist() == 1.5


def test_gaps_between_parameters_are_zeros(tmp_path: Path) -> None:
    parameters = [as_it_is("a", 3), as_it_is("b", 5)]
    bind(tiny_template(parameters), ArrayWeights({"a": np.ones(3, np.float32), "b": numbers(5)}), tmp_path)
    assert (tmp_path / "weights.pb").read_bytes()[12:64] == bytes(52)


def test_the_graph_says_where_each_parameter_lies(tmp_path: Path) -> None:
    parameters = [as_it_is("a", 3), turned("b", 200, 300)]
    bind(tiny_template(parameters), ArrayWeights({"a": numbers(3), "b": numbers(200, 300)}), tmp_path)
    graph = onnx.load(tmp_path / "model.onnx", load_external_data=False).graph
    places = [{entry.key: entry.value for entry in tensor.external_data} for tensor in graph.initializer]
    assert places == [
        {"location": "weights.pb", "offset": "0", "length": "12"},
        {"location": "weights.pb", "offset": "4096", "length": "240000"},
    ]


def test_each_tensor_is_read_once_in_order_and_given_back_once_it_is_written(tmp_path: Path) -> None:
    parameters = [as_it_is("b", 3), turned("a", 4, 5)]
    weights = ArrayWeights({"a": numbers(4, 5), "b": numbers(3)})
    bind(tiny_template(parameters), weights, tmp_path)
    assert [call for call in weights.calls if call[0] == "read"] == [("read", "b"), ("read", "a")]
    assert [call for call in weights.calls if call[0] == "done"] == [("done", "b"), ("done", "a")]
    assert all(weights.calls.index(("read", name)) < weights.calls.index(("done", name)) for name in "ab")


def test_a_read_only_tensor_is_bound_and_not_changed(tmp_path: Path) -> None:
    value = numbers(4, 5)
    value.flags.writeable = False
    before = value.copy()
    np.testing.assert_array_equal(bind_one(turned("w", 4, 5), value, tmp_path), before.T)
    np.testing.assert_array_equal(value, before)


def test_progress_ends_at_the_size_of_the_data(tmp_path: Path) -> None:
    parameters = [as_it_is("a", 3), as_it_is("b", 20_000)]
    weights = ArrayWeights({"a": numbers(3), "b": numbers(20_000)})
    reports: list[Progress] = []
    _, data = bind(tiny_template(parameters), weights, tmp_path / "unet", report=reports.append)
    done = [report.done for report in reports]
    assert done == sorted(done)
    assert (done[-1], reports[-1].finished) == (data.size_bytes, True)
    assert {(report.task, report.unit) for report in reports} == {("unet: streaming weights", "bytes")}
