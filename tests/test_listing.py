"""Long lists in messages."""

from converter.listing import first_ten


def test_up_to_ten_names_are_all_there() -> None:
    assert first_ten([]) == ""
    assert first_ten(["a", "b"]) == "a, b"
    assert first_ten([str(n) for n in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9"


def test_of_more_names_the_rest_is_counted() -> None:
    assert first_ten([str(n) for n in range(13)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 3 more"
