"""What torch keeps of an operator, with and without building it a second time."""

from collections.abc import Callable
from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.export import Dim, ExportedProgram

from converter.graphs.fake_cache import _kind, kept_at_once
from tests.support.counted_calls import calls_while
from tests.support.exported_programs import nodes_said

pytestmark = pytest.mark.slow


class Layers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(*[nn.Conv2d(4, 4, 3, padding=1) for _ in range(4)])

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y.flatten(2).transpose(1, 2) * 2


class Found(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x[x > 0].view(-1, 1) * 2


def exported(module: nn.Module, *inputs: Tensor, axes: dict[int, object] | None = None) -> ExportedProgram:
    return torch.export.export(module.eval(), inputs, dynamic_shapes={"x": axes}, strict=False)


def layers() -> ExportedProgram:
    return exported(Layers(), torch.ones(2, 4, 8, 6), axes={0: Dim("b"), 2: 2 * Dim("h"), 3: 2 * Dim("w")})


def found() -> ExportedProgram:
    return exported(Found(), torch.tensor([1.0, -1.0, 2.0]))


def built_again(make: Callable[[], object]) -> int:
    """How often torch builds a result of what it keeps, or would keep."""
    return calls_while(make)[FakeTensorMode._get_output_tensor_from_cache_entry.__code__]


@pytest.mark.parametrize("program", [layers, found])
def test_the_program_is_the_one_that_torch_makes_alone(program: Callable[[], ExportedProgram]) -> None:
    expected = nodes_said(program())
    FakeTensorMode.cache_clear()
    with kept_at_once():
        assert nodes_said(program()) == expected


def test_only_the_first_of_each_kind_is_built_again() -> None:
    counts = []
    for way in (nullcontext, kept_at_once):
        FakeTensorMode.cache_clear()
        with way():
            counts.append(built_again(layers))
    assert counts[1] < counts[0] / 2


def test_kinds_are_those_that_torch_found_the_same() -> None:
    FakeTensorMode.cache_clear()
    with kept_at_once() as proven:
        layers()
    assert {kind[1] for kind in proven} == {False, True}  # plain results, and views
    assert {kind[2] for kind in proven} == {torch.float32}


def test_a_kind_that_torch_refuses_is_built_again_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    class RefusedError(Exception):
        pass

    asked = []

    def refuse(*arguments: object) -> None:
        asked.append(arguments)
        raise RefusedError

    monkeypatch.setattr(FakeTensorMode, "_get_output_info_for_cache_entry", refuse)
    with kept_at_once() as proven, FakeTensorMode() as mode:
        for _ in range(2):
            with pytest.raises(RefusedError):
                mode._get_output_info_for_cache_entry(None, None, None, (), {}, torch.ones(2))  # type: ignore[arg-type]
    assert (len(asked), proven) == (2, set())


def test_a_conjugate_is_another_kind_than_what_it_was_made_of() -> None:
    with FakeTensorMode():
        x = torch.ones(2, dtype=torch.complex64)
        assert _kind(None, x.conj()) != _kind(None, x)


def test_a_size_that_depends_on_values_is_of_no_kind() -> None:
    values = [node.meta["val"] for node in found().graph.nodes if isinstance(node.meta.get("val"), Tensor)]
    kinds = [_kind(None, value) is None for value in values]
    assert True in kinds
    assert False in kinds


def test_torch_is_as_it_was_afterwards_even_when_the_export_fails() -> None:
    before = FakeTensorMode._get_output_info_for_cache_entry
    with pytest.raises(KeyError), kept_at_once():
        raise KeyError
    assert FakeTensorMode._get_output_info_for_cache_entry is before
