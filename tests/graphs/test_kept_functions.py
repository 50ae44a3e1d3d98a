"""The functions that torch writes its operators with, listed once and listed each time."""

from collections.abc import Callable
from typing import Any

import pytest
from onnxscript import TracedOnnxFunction
from torch.onnx._internal.exporter import _registration

from converter.graphs.kept_functions import _cached_functions, functions_kept
from tests.support.counted_calls import calls_while

pytestmark = pytest.mark.slow


def registered() -> dict[Any, list[Any]]:
    """Operator to the functions that torch would choose from."""
    found = _registration.ONNXRegistry.from_torchlib(18).functions
    return {target: [entry.onnx_function for entry in entries] for target, entries in found.items()}


def sources_read(make: Callable[[], object]) -> int:
    """How many functions onnxscript reads the source of."""
    return calls_while(make)[TracedOnnxFunction.function_ir.fget.__code__]


def test_the_functions_are_those_that_torch_finds_each_time() -> None:
    expected = registered()
    with functions_kept():
        assert [registered(), registered()] == [expected, expected]


def test_sources_are_read_once() -> None:
    _cached_functions.cache_clear()
    read = []
    for _ in range(2):
        with functions_kept():
            read.append(sources_read(registered))
    assert read[0] > 100
    assert read[1] == 0


def test_what_an_export_does_to_its_list_is_not_kept() -> None:
    with functions_kept():
        _registration.onnxscript_apis.get_torchlib_ops().clear()  # type: ignore[attr-defined]
        assert _registration.onnxscript_apis.get_torchlib_ops()  # type: ignore[attr-defined]


def test_torch_is_as_it_was_afterwards_even_when_the_export_fails() -> None:
    before = _registration.onnxscript_apis.get_torchlib_ops  # type: ignore[attr-defined]
    with pytest.raises(KeyError), functions_kept():
        raise KeyError
    assert _registration.onnxscript_apis.get_torchlib_ops is before  # type: ignore[attr-defined]
