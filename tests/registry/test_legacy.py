import json
from collections.abc import Sequence

import pytest

from converter.registry import Severity, asked, parse_registry


def warning(section: str, items: Sequence[object]) -> str:
    (finding,) = parse_registry(json.dumps({section: [items]}), "r.json").findings
    assert finding.severity is Severity.WARNING
    return finding.message


@pytest.mark.parametrize(
    ("section", "items", "same"),
    [
        ("diffusion", ["first", "org/first"], {"name": "first", "source": "org/first"}),
        (
            "diffusion",
            ["first", "org/first", True, True, 14],
            {"name": "first", "source": "org/first", "single_vae": True, "half": True, "opset": 14},
        ),
        ("upscaling", ["first", "a.pth"], {"name": "first", "source": "a.pth", "scale": 1}),
        ("upscaling", ["first", "a.pth", 4, False], {"name": "first", "source": "a.pth", "scale": 4}),
        ("correction", ["first", "a.pth", 2], {"name": "first", "source": "a.pth", "scale": 2}),
        ("sources", ["first", "a/b", "whatever", 3], {"name": "first", "source": "a/b"}),
    ],
)
def test_a_tuple_asks_for_the_same_as_its_object(section: str, items: list[object], same: object) -> None:
    old = parse_registry(json.dumps({section: [items]}), "r.json").require_valid().entries
    new = parse_registry(json.dumps({section: [same]}), "r.json").require_valid().entries
    assert [asked(entry) for entry in old] == [asked(entry) for entry in new]
    assert old == new


def test_the_warning_has_the_object_to_paste() -> None:
    message = warning("upscaling", ["first", "models/a.pth", 4])
    pasted = json.loads(message.removeprefix("this is the old form; write "))
    assert parse_registry(json.dumps({"upscaling": [pasted]}), "r.json").findings == ()


def test_the_warning_does_not_show_the_query_of_a_source() -> None:
    message = warning("diffusion", ["first", "https://example.com/a.ckpt?hunter2=1"])
    assert "hunter2" not in message
    assert message.endswith("(with the rest of your source, which is not shown here)")


def test_the_warning_escapes_what_does_not_print() -> None:
    assert "a\\u200b.ckpt" in warning("diffusion", ["first", "./a\u200b.ckpt"])


@pytest.mark.parametrize(
    ("items", "path", "words"),
    [
        ([], "$.diffusion[0]", "found a list of 0, expected at least a name and a source; add 'name' and 'source'"),
        (["first"], "$.diffusion[0]", "add 'source'"),
        (["first", "http://x/y"], "$.diffusion[0][1]", "write https://"),
        (["not one", "a/b"], "$.diffusion[0][0]", "write 'not-one'"),
        (["first", "a/b", "yes"], "$.diffusion[0][2]", "found 'yes', expected true or false"),
        (["first", "a/b", None], "$.diffusion[0][2]", "found null, expected true or false"),
        (["first", "a/b", False, False, 18, 1], "$.diffusion[0][5]", "expected at most 5; remove it"),
        ([["first"], "a/b"], "$.diffusion[0][0]", "found a list, expected a text"),
    ],
)
def test_mistakes_in_a_tuple_are_found_at_the_item(items: list[object], path: str, words: str) -> None:
    (finding,) = parse_registry(json.dumps({"diffusion": [items]}), "r.json").findings
    assert finding.path == path
    assert words in finding.message


def test_names_in_tuples_and_objects_must_differ() -> None:
    text = '{"diffusion": [["first", "a/b"], {"name": "first", "source": "a/c"}]}'
    registry = parse_registry(text, "r.json")
    assert [finding.path for finding in registry.errors] == ["$.diffusion[1].name"]
