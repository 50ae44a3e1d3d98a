"""More rows behind a parameter: a template is not traced again for them, and the parameter is not copied."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

from converter.chunks import CHUNK_BYTES
from converter.graphs import (
    TOKEN_EMBEDDING,
    ComponentKind,
    GraphError,
    Template,
    TemplateStore,
    WithRows,
    bind,
    with_vocabulary,
)
from converter.models.configs import Part, graph_config
from converter.weights import WeightsError
from tests.support.components import ArrayWeights, component_of, weights_of
from tests.support.sd1_models import pico
from tests.support.tiny_templates import as_it_is, tiny_template, turned

Array = np.ndarray[Any, Any]


@pytest.fixture(scope="module")
def text_template(template_store: TemplateStore) -> Template:
    return template_store.get(component_of(pico(), ComponentKind.TEXT_ENCODER))


def numbers(*shape: int, seed: int = 0) -> Array:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def bound(folder: Path, name: str) -> Array:
    graph = onnx.load(folder / "model.onnx").graph
    found: Array = next(onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer if tensor.name == name)
    return found


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("base_rows", [1, 5, CHUNK_BYTES // 4 // 3 + 1])
def test_the_rows_follow_those_of_the_tensor(tmp_path: Path, base_rows: int, dtype: Any) -> None:
    parameters = [as_it_is("a", 7), as_it_is("w", base_rows, 3), as_it_is("z", 5)]
    base, rows = numbers(base_rows, 3).astype(dtype), numbers(2, 3, seed=1)
    arrays = {"a": numbers(7), "w": base, "z": numbers(5)}
    weights = WithRows(ArrayWeights(arrays), "w", rows)

    bind(tiny_template(parameters).with_rows("w", 2), weights, tmp_path)

    np.testing.assert_array_equal(bound(tmp_path, "w"), np.concatenate([base.astype(np.float32), rows]))
    for name in ("a", "z"):
        np.testing.assert_array_equal(bound(tmp_path, name), arrays[name])


def test_a_template_with_more_rows_is_what_one_of_that_shape_would_be(tmp_path: Path) -> None:
    wider = tiny_template([as_it_is("w", 4, 3)]).with_rows("w", 2)

    assert wider == tiny_template([as_it_is("w", 6, 3)])


def test_the_bytes_are_those_of_one_tensor_of_that_shape(tmp_path: Path) -> None:
    base, rows = numbers(4, 3), numbers(2, 3, seed=1)
    bind(
        tiny_template([as_it_is("w", 4, 3)]).with_rows("w", 2), WithRows(ArrayWeights({"w": base}), "w", rows), tmp_path
    )
    whole = {"w": np.concatenate([base, rows])}
    files = bind(tiny_template([as_it_is("w", 6, 3)]), ArrayWeights(whole), tmp_path / "whole")

    for file in files:
        assert (tmp_path / file.name).read_bytes() == (tmp_path / "whole" / file.name).read_bytes()


def test_the_template_that_it_was_made_from_is_not_changed() -> None:
    template = tiny_template([as_it_is("w", 4, 3)])
    before = template.graph
    template.with_rows("w", 2)

    assert (template.graph, template.parameters[0].shape) == (before, (4, 3))


def test_the_other_tensors_are_read_and_given_back_as_without_rows(tmp_path: Path) -> None:
    inner = ArrayWeights({"a": numbers(3), "w": numbers(4, 3)})
    template = tiny_template([as_it_is("a", 3), as_it_is("w", 4, 3)]).with_rows("w", 1)
    bind(template, WithRows(inner, "w", numbers(1, 3)), tmp_path)

    # The next tensor may be read before the last one is written: the two kinds of calls mix, each has its order.
    assert [call for call in inner.calls if call[0] == "read"] == [("read", "a"), ("read", "w")]
    assert [call for call in inner.calls if call[0] == "done"] == [("done", "a"), ("done", "w")]
    assert all(inner.calls.index(("read", name)) < inner.calls.index(("done", name)) for name in "aw")


def test_weights_that_are_turned_and_in_parts_are_read_whole(tmp_path: Path) -> None:
    base, rows = numbers(4, 3), numbers(2, 3, seed=1)
    bind(tiny_template([turned("w", 6, 3)]), WithRows(ArrayWeights({"w": base}), "w", rows), tmp_path)

    np.testing.assert_array_equal(bound(tmp_path, "onnx::w"), np.concatenate([base, rows]).T)


def test_what_pytorch_reads_is_the_whole_tensor() -> None:
    base, rows = numbers(4, 3).astype(np.float16), numbers(2, 3, seed=1)
    weights = WithRows(ArrayWeights({"a": numbers(2), "w": base}), "w", rows)

    assert weights.shapes == {"a": (2,), "w": (6, 3)}
    np.testing.assert_array_equal(weights.read("w"), np.concatenate([base.astype(np.float32), rows]))
    np.testing.assert_array_equal(weights.read("a"), numbers(2))


def test_a_row_that_is_not_finite_is_refused(tmp_path: Path) -> None:
    rows = numbers(2, 3)
    rows[1, 2] = np.nan
    template = tiny_template([as_it_is("w", 4, 3)]).with_rows("w", 2)

    with pytest.raises(WeightsError, match=r"'w' .* holds NaN at index \[1, 2\]"):
        bind(template, WithRows(ArrayWeights({"w": numbers(4, 3)}), "w", rows), tmp_path)


@pytest.mark.parametrize("rows", [numbers(2, 4), numbers(3), numbers(2, 3, 1)])
def test_rows_of_another_width_are_refused(rows: Array) -> None:
    with pytest.raises(GraphError, match=r"do not fit behind \(4, 3\)"):
        WithRows(ArrayWeights({"w": numbers(4, 3)}), "w", rows)


def test_rows_behind_a_tensor_that_is_not_there_are_refused() -> None:
    with pytest.raises(GraphError, match="do not fit behind None"):
        WithRows(ArrayWeights({"w": numbers(4, 3)}), "v", numbers(1, 3))


def test_a_template_that_is_not_made_wider_refuses_the_weights_that_are(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match=r"w has \(5, 3\), expected \(4, 3\)"):
        bind(
            tiny_template([as_it_is("w", 4, 3)]),
            WithRows(ArrayWeights({"w": numbers(4, 3)}), "w", numbers(1, 3)),
            tmp_path,
        )


@pytest.mark.parametrize(
    ("template", "words"),
    [
        (tiny_template([as_it_is("v", 4, 3)]), "w: found no such parameter"),
        (tiny_template([turned("w", 4, 3)]), r"w: found it stored with the axes \(1, 0\)"),
        (tiny_template([as_it_is("w")]), "w: found a number"),
    ],
)
def test_a_parameter_that_has_no_rows_is_refused(template: Template, words: str) -> None:
    with pytest.raises(GraphError, match=words):
        template.with_rows("w", 1)


def test_a_text_encoder_with_more_rows_is_the_one_that_is_traced_with_them(
    text_template: Template, template_store: TemplateStore
) -> None:
    component = component_of(pico(), ComponentKind.TEXT_ENCODER)
    part: Part = "text_encoder"
    traced = template_store.get(
        type(component)(component.kind, graph_config(part, with_vocabulary(component.config, 49413), part))
    )
    wider = text_template.with_rows(TOKEN_EMBEDDING, 5)

    assert wider.parameters == traced.parameters
    assert wider.graph == traced.graph


def test_the_checker_of_onnx_accepts_the_wider_text_encoder(tmp_path: Path, text_template: Template) -> None:
    weights = WithRows(weights_of(pico(), ComponentKind.TEXT_ENCODER), TOKEN_EMBEDDING, numbers(5, 64))
    bind(text_template.with_rows(TOKEN_EMBEDDING, 5), weights, tmp_path)

    onnx.checker.check_model(str(tmp_path / "model.onnx"), full_check=True)
    assert bound(tmp_path, TOKEN_EMBEDDING).shape == (49413, 64)
