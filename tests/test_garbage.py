import gc
from collections.abc import Iterator

import pytest

from converter.garbage import no_search


@pytest.fixture(params=[True, False], ids=["on", "off"])
def searched(request: pytest.FixtureRequest) -> Iterator[bool]:
    before = gc.isenabled()
    (gc.enable if request.param else gc.disable)()
    yield bool(request.param)
    (gc.enable if before else gc.disable)()


def test_nothing_is_searched_meanwhile_and_all_is_as_before_afterwards(searched: bool) -> None:
    with no_search():
        assert not gc.isenabled()

    assert gc.isenabled() == searched


def test_an_error_leaves_it_as_it_was_too(searched: bool) -> None:
    with pytest.raises(ValueError, match="stop"), no_search():
        raise ValueError("stop")

    assert gc.isenabled() == searched


def test_within_each_other_the_outermost_ends_it(searched: bool) -> None:
    with no_search():
        with no_search():
            assert not gc.isenabled()
        assert not gc.isenabled()

    assert gc.isenabled() == searched
