import pytest

from converter.graphs.replaced import replaced


class Owner:
    answer = 1


def test_another_value_stands_there_until_the_end() -> None:
    with replaced(Owner, "answer", 2):
        assert Owner.answer == 2

    assert Owner.answer == 1


def test_it_is_what_it_was_after_a_failure_too() -> None:
    with pytest.raises(KeyError), replaced(Owner, "answer", 2):
        raise KeyError

    assert Owner.answer == 1


def test_what_is_not_there_cannot_be_replaced() -> None:
    with pytest.raises(AttributeError), replaced(Owner, "anser", 2):
        pass

    assert not hasattr(Owner, "anser")
