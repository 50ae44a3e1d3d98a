from itertools import pairwise
from math import prod

from hypothesis import given
from hypothesis import strategies as st

from converter.graphs.layout import lay_out
from converter.graphs.template import Parameter

KIB = 1024


def parameter(name: str, *shape: int) -> Parameter:
    return Parameter(name, name, shape, None)


SHAPES = st.lists(
    # Around both sides of 64 KiB, where the alignment changes, and down to scalars.
    st.one_of(
        st.lists(st.integers(1, 8), max_size=4),
        st.integers(16 * KIB - 2, 16 * KIB + 2).map(lambda n: [n]),
        st.tuples(st.integers(1, 200), st.integers(1, 300)).map(list),
    ),
    min_size=1,
    max_size=20,
)


@given(SHAPES)
def test_slots_are_in_the_order_of_the_parameters_and_do_not_overlap(shapes: list[list[int]]) -> None:
    parameters = [parameter(f"p{i}", *shape) for i, shape in enumerate(shapes)]
    slots = lay_out(parameters)
    assert [slot.parameter for slot in slots] == parameters
    assert all(a.offset + a.size_bytes <= b.offset for a, b in pairwise(slots))


@given(SHAPES)
def test_each_slot_holds_its_parameter_in_float32(shapes: list[list[int]]) -> None:
    for slot in lay_out(parameter("p", *shape) for shape in shapes):
        assert slot.size_bytes == 4 * prod(slot.parameter.shape)
        assert slot.end - slot.offset == slot.size_bytes


@given(SHAPES)
def test_large_parameters_start_on_a_page_and_small_ones_on_a_cache_line(shapes: list[list[int]]) -> None:
    for slot in lay_out(parameter("p", *shape) for shape in shapes):
        assert slot.offset % (4096 if slot.size_bytes > 64 * KIB else 64) == 0


@given(SHAPES)
def test_no_gap_is_larger_than_its_alignment_asks_for(shapes: list[list[int]]) -> None:
    slots = lay_out(parameter("p", *shape) for shape in shapes)
    for before, after in pairwise(slots):
        assert after.offset - before.end < (4096 if after.size_bytes > 64 * KIB else 64)


def test_the_first_parameter_starts_the_file() -> None:
    assert lay_out([parameter("a", 3)])[0].offset == 0


def test_an_example_of_the_layout() -> None:
    slots = lay_out([parameter("a", 3), parameter("b", 20 * KIB), parameter("c", 16 * KIB), parameter("d")])
    assert [(slot.offset, slot.end) for slot in slots] == [
        (0, 12),
        (4096, 86016),
        (86016, 151552),
        (151552, 151556),
    ]
