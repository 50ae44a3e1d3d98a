"""Metadata of a training: clipped, on one line, and counted."""

from converter.inspection import training_of


def test_what_trainers_write_is_shown_sorted_and_the_rest_is_counted() -> None:
    found = training_of({"ss_b": "2", "format": "pt", "modelspec.title": "t", "ss_a": "1"})

    assert list(found.shown.items()) == [("modelspec.title", "t"), ("ss_a", "1"), ("ss_b", "2")]
    assert found.others == 1


def test_a_long_value_is_clipped_and_many_are_counted() -> None:
    found = training_of({f"ss_{number:03}": "x" * 10_000 for number in range(300)})

    assert len(found.shown) + found.others == 300
    assert max(len(value) for value in found.shown.values()) < 100
    assert len(found.shown) < 50


def test_what_does_not_print_is_escaped_in_keys_and_values() -> None:
    found = training_of({"ss_\x1b[2J": "a\nb\x1b]0;title\x07\u202e"})

    assert all((key + value).isprintable() for key, value in found.shown.items())
    assert list(found.shown) == [r"ss_\x1b[2J"]
