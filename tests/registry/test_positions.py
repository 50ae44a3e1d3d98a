import json

from hypothesis import given, settings
from hypothesis import strategies as st

from converter.registry.findings import Location, Path
from converter.registry.positions import Place, Positions, first_deeper_than

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def paths_in(value: object, path: Path = ()) -> list[tuple[Path, object]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for key, item in inner for found in paths_in(item, (*path, key)))]


def offset_of(text: str, line: int, column: int) -> int:
    return sum(len(row) + 1 for row in text.split("\n")[: line - 1]) + column - 1


@settings(deadline=None)  # other work may hold the machine up
@given(JSON_VALUES, st.sampled_from([None, 0, 2]), st.booleans())
def test_every_value_begins_where_its_position_says(value: object, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    positions = Positions(text)
    for path, expected in paths_in(value):
        place = positions.value(path)
        found, _ = json.JSONDecoder().raw_decode(text, offset_of(text, place.line, place.column))
        assert found == expected


@settings(deadline=None)  # other work may hold the machine up
@given(JSON_VALUES)
def test_every_key_begins_where_its_position_says(value: object) -> None:
    text = json.dumps(value, indent=1)
    positions = Positions(text)
    for path, _ in paths_in(value):
        if path and isinstance(path[-1], str):
            place = positions.key(path)
            assert json.JSONDecoder().raw_decode(text, offset_of(text, place.line, place.column))[0] == path[-1]


def test_a_path_that_is_not_there_has_the_place_of_its_nearest_container() -> None:
    positions = Positions('{"a":\n  [1, {"b": 2}]}')
    assert positions.value(("a", 1, "x", "y")).line == 2
    assert positions.value(("a", 1, "x", "y")).column == 7
    assert positions.key(("a", 1, "x", "y")).column == 7


def test_the_place_has_a_json_path_with_odd_keys_in_brackets() -> None:
    assert Positions("{}").value(("diffusion", 3, "two words", "\n")).path == "$.diffusion[3]['two words']['\\n']"


def test_every_repeated_key_is_told_with_the_place_of_the_first() -> None:
    text = '{"a": 1,\n "b": {"c": 1, "c": 2, "\\u0063": 3}, "a": 2}'
    found = [(path, again.line, first.line, first.column) for path, again, first in Positions(text).duplicates()]
    assert found == [(("b", "c"), 2, 2, 8), (("b", "c"), 2, 2, 8), (("a",), 2, 1, 2)]


def test_brackets_inside_strings_are_not_counted_as_depth() -> None:
    assert first_deeper_than('["[[[[\\"[[[["]', 2) is None
    assert first_deeper_than('[["]"[', 2) == 5


def test_broken_text_full_of_quotes_is_scanned_in_linear_time() -> None:
    assert first_deeper_than('"\\' + '"\\' * 200_000, 2) is None


def test_a_place_is_its_path_and_is_located_when_asked() -> None:
    place = Place(("diffusion", 0), Positions('{"diffusion": [\n  {"name": "a"}]}'))

    assert place.below("name").location == Location(2, 12, "$.diffusion[0].name")
    assert place == Place(("diffusion", 0), Positions("{}"))
