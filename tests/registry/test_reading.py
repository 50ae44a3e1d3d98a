import sys

import pytest

from converter.registry import parse_registry, reading, source_syntax


def only_finding(text: str) -> str:
    (finding,) = parse_registry(text, "r.json").findings
    return str(finding)


@pytest.mark.parametrize(
    ("text", "place", "advice"),
    [
        ("", "1:1", "the file is empty"),
        ('{"diffusion": [\n  {"name": "a"},\n]}', "3:1", "remove the comma before the closing bracket"),
        ('{\n  "diffusion": [],\n}', "3:1", "remove the comma before the closing bracket"),
        ('{"a": 1 "b": 2}', "1:9", "a comma is missing before this"),
        ("{'a': 1}", "1:2", "use double quotes"),
        ('{\n  // mine\n  "a": 1}', "2:3", "JSON has no comments"),
        ('{"diffusion": [', "1:16", "the file ends too early"),
        ('{"diffusion": []}}', "1:18", "extra data; compare with the entries around it"),
        ('{"name": "a\nb"}', "1:12", "invalid control character"),
    ],
)
def test_broken_json_is_found_at_its_line_and_column_with_advice(text: str, place: str, advice: str) -> None:
    found = only_finding(text)
    assert found.startswith(f"r.json:{place}: error: $: not JSON: ")
    assert advice in found


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 5000])
def test_numbers_that_json_has_no_word_for_are_refused_where_they_stand(literal: str) -> None:
    text = '{"diffusion": [{"name": "first", "source": "org/first",\n "opset": ' + literal + "}]}"
    found = only_finding(text)
    assert found.startswith("r.json:2:11: error: $.diffusion[0].opset: found ")
    assert len(found) < 200


def test_a_repeated_key_is_refused_with_both_places() -> None:
    assert only_finding('{"diffusion": [],\n "diffusion": []}') == (
        "r.json:2:2: error: $.diffusion: the key 'diffusion' is here a second time, first on line 1, column 2; keep one"
    )


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_a_depth_bomb_is_refused_at_the_first_bracket_too_many(opening: str) -> None:
    found = only_finding(opening * 100_000)
    assert found.startswith(f"r.json:1:{32 * len(opening) + 1}: error: $: nested deeper than 32 levels")


@pytest.mark.parametrize("hidden", ["\\n", "\\u0000", "\\u001b", "\\u202e", "\\ud800", "\\u0085", "\\u2028"])
def test_characters_that_do_not_show_are_refused_and_never_printed(hidden: str) -> None:
    found = only_finding('{"diffusion": [{"name": "first", "source": "org/first", "label": "a' + hidden + '"}]}')
    assert "at position 2, which does not show; remove it" in found
    assert found.isprintable()


def test_a_key_with_a_control_character_is_escaped_in_the_message() -> None:
    findings = parse_registry('{"diffusion": [], "a\\u001b[31m": 1}', "r.json").findings
    assert {finding.path for finding in findings} == {"$['a\\x1b[31m']"}
    assert all(str(finding).isprintable() for finding in findings)


def test_a_line_break_is_allowed_in_a_translation_only() -> None:
    assert parse_registry('{"strings": {"en": {"a": "one\\ntwo"}}}', "r.json").findings == ()


def test_a_document_that_is_no_object_is_refused() -> None:
    assert only_finding("[]") == "r.json:1:1: error: $: found an empty list, expected an object"


@pytest.mark.parametrize("text", ['{"a": ' + "[" * 40 + "]" * 40 + "}", "[" * 40 + "'"], ids=["json", "broken"])
def test_depth_is_told_before_anything_else(text: str) -> None:
    assert "nested deeper than 32 levels" in only_finding(text)


def test_the_deepest_that_is_allowed_is_read() -> None:
    found = only_finding("[" * 32 + "]" * 32)
    assert "nested" not in found


def test_nothing_that_is_looked_for_as_hidden_is_printable() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    for hidden in (reading._HIDDEN_OR_BREAK, source_syntax._HIDDEN):
        found = hidden.findall(every)
        assert found
        assert not any(character.isprintable() for character in found)
