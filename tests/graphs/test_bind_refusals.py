from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from converter.files import NoSpaceError
from converter.graphs import GraphError, Parameter, bind, require_match
from converter.weights import WeightsError
from tests.support.components import ArrayWeights
from tests.support.tiny_templates import as_it_is, tiny_template, turned

PARAMETERS = [as_it_is("a.weight", 3), turned("b.weight", 4, 5)]
SHAPES = {"a.weight": (3,), "b.weight": (4, 5)}


def message_of(shapes: Mapping[str, tuple[int, ...]], parameters: list[Parameter] = PARAMETERS) -> str:
    with pytest.raises(GraphError) as error:
        require_match(tiny_template(parameters), shapes, "unet of x.safetensors")
    return str(error.value)


def without(name: str) -> dict[str, tuple[int, ...]]:
    return {key: shape for key, shape in SHAPES.items() if key != name}


def test_a_state_dict_with_exactly_the_parameters_is_accepted() -> None:
    require_match(tiny_template(PARAMETERS), SHAPES, "unet")


def test_a_missing_parameter_is_named() -> None:
    assert message_of(without("a.weight")) == (
        "unet of x.safetensors: 1 missing parameter: a.weight. Expected exactly the 2 parameters of its config: "
        "use the file that belongs to this config, or the config that belongs to this file"
    )


def test_an_unexpected_key_is_named() -> None:
    assert "1 unexpected key: c.bias." in message_of({**SHAPES, "c.bias": (1,)})


def test_a_wrong_shape_is_named_with_both_shapes_in_the_order_of_the_file() -> None:
    # `b.weight` is stored (5, 4), but the file must have it (4, 5).
    assert "1 wrong shape: b.weight has (5, 4), expected (4, 5)." in message_of({**SHAPES, "b.weight": (5, 4)})


def test_a_shape_of_as_many_elements_is_wrong_all_the_same() -> None:
    assert "1 wrong shape:" in message_of({**SHAPES, "a.weight": (3, 1)})


def test_everything_that_is_wrong_is_said_at_once() -> None:
    message = message_of({**without("a.weight"), "b.weight": (1,), "c": (1,)})
    assert "1 missing parameter: a.weight; 1 unexpected key: c; 1 wrong shape: b.weight" in message


def test_the_first_ten_of_many_are_named_and_the_rest_is_counted() -> None:
    parameters = [as_it_is(f"p{i:02}", 1) for i in range(13)]
    message = message_of({f"q{i:02}": (1,) for i in range(11)}, parameters)
    names = ", ".join(f"p{i:02}" for i in range(10))
    assert f"13 missing parameters: {names} and 3 more;" in message
    assert "q09 and 1 more." in message


def test_weights_that_do_not_match_leave_nothing_behind(tmp_path: Path) -> None:
    weights = ArrayWeights({"a.weight": np.zeros(3, np.float32)})
    with pytest.raises(GraphError, match=r"unet: 1 missing parameter: b\.weight"):
        bind(tiny_template(PARAMETERS), weights, tmp_path / "unet")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_a_number_that_is_not_finite_is_refused_with_the_name_of_its_tensor(
    tmp_path: Path, bad: float, dtype: Any
) -> None:
    value = np.ones((4, 5), dtype)
    value[2, 3] = bad
    weights = ArrayWeights({"a.weight": np.zeros(3, np.float32), "b.weight": value})
    with pytest.raises(WeightsError, match=r"'b\.weight' .* at index \[2, 3\]"):
        bind(tiny_template(PARAMETERS), weights, tmp_path)


def test_a_disk_without_room_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def nearly_full(path: Path) -> SimpleNamespace:
        asked.append(path)
        return SimpleNamespace(free=100)

    monkeypatch.setattr("converter.files.shutil.disk_usage", nearly_full)
    weights = ArrayWeights({"a.weight": np.zeros(3, np.float32), "b.weight": np.zeros((4, 5), np.float32)})
    with pytest.raises(NoSpaceError, match=r"100 bytes are free .*/unet, 144 are needed"):
        bind(tiny_template(PARAMETERS), weights, tmp_path / "unet")
    assert list(tmp_path.iterdir()) == []
    assert asked == [tmp_path]
    assert weights.calls == []


@pytest.mark.filterwarnings("ignore:overflow encountered in cast:RuntimeWarning")  # numpy says what we refuse
def test_a_double_that_float32_cannot_hold_is_refused(tmp_path: Path) -> None:
    value = np.ones((4, 5), np.float64)
    value[1, 2] = 1e300
    weights = ArrayWeights({"a.weight": np.zeros(3, np.float32), "b.weight": value})
    with pytest.raises(WeightsError, match=r"'b\.weight'"):
        bind(tiny_template(PARAMETERS), weights, tmp_path)
