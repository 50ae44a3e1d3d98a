"""Names that people take for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.review import Names, confusable

_NAME = st.text(st.sampled_from("abo01lirnmvwcd5s-"), min_size=2, max_size=10)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("openjourney", "openjourny"),
        ("openjourney", "openjoourney"),
        ("openjourney", "openjaurney"),
        ("openjourney", "opnejourney"),
        ("openjourney", "0penj0urney"),
        ("openjourney", "open-journey"),
        ("openjourney", "openjoumey"),
        ("realvision", "rea1v1s10n"),
        ("sd-v1-lcm", "sdvllcm"),
        ("sword", "svvord"),
        ("ab", "a"),
    ],
)
def test_a_slip_or_a_look_alike_is_confusable(one: str, other: str) -> None:
    assert confusable(one, other)
    assert confusable(other, one)
    assert Names([one]).confusable_with(other) == (one,)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("openjourney", "openjourney"),
        ("openjourney-v2", "openjourney-v4"),
        ("openjourney", "openjourneys-xl"),
        ("anything", "everything"),
        ("abcd", "badc"),
    ],
)
def test_other_names_are_not(one: str, other: str) -> None:
    assert not confusable(one, other)
    assert Names([one]).confusable_with(other) == ()


@given(st.lists(_NAME, max_size=12), _NAME)
def test_the_index_finds_what_a_look_at_each_finds(taken: list[str], name: str) -> None:
    assert Names(taken).confusable_with(name) == tuple(sorted(o for o in set(taken) if confusable(name, o)))


@given(_NAME, _NAME)
def test_it_does_not_matter_which_came_first(one: str, other: str) -> None:
    assert confusable(one, other) == confusable(other, one)


@given(_NAME, st.integers(0, 9), st.sampled_from("xyz"))
def test_one_letter_more_is_always_confusable(name: str, at: int, letter: str) -> None:
    assert confusable(name, name[:at] + letter + name[at:])
