"""What torch finds again among what it kept, with and without what no result depends on."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses import fake_tensor
from torch._subclasses._fake_tensor_utils import _CacheKeyState
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.export import Dim, ExportedProgram
from torch.fx.experimental.symbolic_shapes import ShapeEnv

from converter.graphs.fake_key import short_keys
from tests.support.exported_programs import nodes_said

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    FakeTensorMode.cache_clear()
    yield
    FakeTensorMode.cache_clear()


class Layers(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList([nn.Conv2d(4, 4, 3, padding=1) for _ in range(6)])
        self.norms = nn.ModuleList([nn.GroupNorm(2, 4) for _ in range(6)])

    def forward(self, x: Tensor) -> Tensor:
        for convolution, norm in zip(self.convolutions, self.norms, strict=True):
            x = x + convolution(nn.functional.silu(norm(x)))
        return x.flatten(2).transpose(1, 2)[:, 1:] * 2


def layers() -> ExportedProgram:
    axes = {0: Dim("b"), 2: 2 * Dim("h"), 3: 2 * Dim("w")}
    return torch.export.export(Layers().eval(), (torch.ones(2, 4, 8, 6),), dynamic_shapes={"x": axes}, strict=False)


def fixed() -> ExportedProgram:
    x = torch.ones(2, 4, 8, 6).contiguous(memory_format=torch.channels_last)
    return torch.export.export(Layers().eval(), (x,), strict=False)


@pytest.mark.parametrize("program", [layers, fixed])
def test_the_program_is_the_one_that_torch_makes_alone(program: Callable[[], ExportedProgram]) -> None:
    expected = nodes_said(program())
    FakeTensorMode.cache_clear()
    with short_keys():
        assert nodes_said(program()) == expected


def test_the_program_has_the_ranges_that_torch_finds_alone() -> None:
    expected = [str(found) for found in layers().range_constraints.values()]
    FakeTensorMode.cache_clear()
    with short_keys():
        assert [str(found) for found in layers().range_constraints.values()] == expected


def test_more_is_found_again() -> None:
    computed = []
    for way in (nullcontext, short_keys):
        FakeTensorMode.cache_clear()
        with way():
            layers()
        computed.append(FakeTensorMode.cache_misses)
    assert computed[1] < computed[0]


def test_a_size_of_memory_that_is_a_number_stays_in_the_key() -> None:
    keys = []
    with short_keys(), FakeTensorMode() as mode:
        for tensor in (torch.ones(4), torch.ones(8)[:4]):
            known: list[object] = []
            metadata = fake_tensor.extract_tensor_metadata(tensor)
            metadata._flatten_into(known, mode, _CacheKeyState())
            keys.append(known)
    assert keys[0] != keys[1]


def test_the_order_of_axes_of_a_fixed_tensor_is_worked_out() -> None:
    with short_keys(), FakeTensorMode():
        last = torch.ones(2, 4, 8, 6).contiguous(memory_format=torch.channels_last)
        assert fake_tensor.extract_tensor_metadata(last).memory_format is torch.channels_last


@pytest.mark.parametrize("way", [nullcontext, short_keys])
def test_torch_keeps_no_order_of_axes_where_one_is_free(way: Callable[[], "nullcontext[None]"]) -> None:
    with way():
        mode = FakeTensorMode(shape_env=ShapeEnv())
        x = mode.from_tensor(torch.ones(3, 5))
        assert x._has_symbolic_sizes_strides
        assert fake_tensor.extract_tensor_metadata(x).memory_format is None


def test_torch_is_as_it_was_afterwards_even_when_the_export_fails() -> None:
    def touched() -> tuple[object, object]:
        return fake_tensor.TensorMetadata._flatten_into, vars(fake_tensor)["suggest_memory_format"]

    before = touched()
    with short_keys():
        assert not set(touched()).intersection(before)
    with pytest.raises(KeyError), short_keys():
        raise KeyError
    assert touched() == before
