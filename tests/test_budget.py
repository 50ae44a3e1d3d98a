"""What of a conversion fits into the memory that it may take."""

from dataclasses import replace

import pytest

from converter.budget import Budget, MemoryBudgetError
from converter.needs import Needs

NEEDS = Needs(
    download_bytes=0,
    release_bytes=0,
    disk_bytes=0,
    streaming_bytes=100_000_000,
    stream_bytes=90_000_000,
    memory_bytes=4_000_000_000,
    precision="fp32",
)


@pytest.mark.parametrize(
    ("cores", "memory_mb", "at_once"),
    [
        (1, None, 1),
        (2, None, 1),
        (4, None, 2),
        (16, None, 4),
        (16, 100, 1),
        (16, 189, 1),
        (16, 190, 2),
        (16, 279, 2),
        (16, 280, 3),
        (16, 2000, 4),
        (4, 2000, 2),
        (16, 50, 1),
    ],
)
def test_as_many_components_are_bound_at_once_as_cores_and_memory_allow(
    cores: int, memory_mb: int | None, at_once: int
) -> None:
    budget = Budget(cores, None if memory_mb is None else memory_mb * 10**6)
    assert budget.at_once(NEEDS, 4) == at_once


def test_where_nobody_said_how_much_nothing_is_refused() -> None:
    Budget(2).require(replace(NEEDS, memory_bytes=10**15), "x", parity=True)


def test_a_comparison_that_may_take_more_is_refused_with_both_sizes_and_a_way_out() -> None:
    budget = Budget(2, 3_999_999_999)
    budget.require(NEEDS, "x", parity=False)
    with pytest.raises(MemoryBudgetError) as error:
        budget.require(NEEDS, "openjourney", parity=True)
    assert str(error.value) == (
        "openjourney: comparing with PyTorch takes up to 4.00 GB of memory, --memory allows 4.00 GB; allow more, or "
        "convert with --no-parity, which is not published"
    )
    Budget(2, 4_000_000_000).require(NEEDS, "x", parity=True)


def test_a_conversion_that_may_take_more_is_refused_without_a_comparison_too() -> None:
    with pytest.raises(MemoryBudgetError, match=r"converting takes up to 100\.00 MB of memory, --memory allows 99"):
        Budget(2, 99_000_000).require(NEEDS, "x", parity=False)
