from collections.abc import Mapping

import pytest

from converter.canonical import JsonObject, JsonValue
from converter.registry import changes

PLAIN: JsonObject = {"section": "diffusion", "name": "a-name", "source": "huggingface://org/model"}


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({}, {}, ""),
        ({}, {"precision": "fp16"}, "precision fp32 -> fp16"),
        ({"precision": "fp16"}, {}, "precision fp16 -> fp32"),
        ({"license": "mit"}, {"license": "apache-2.0"}, "license mit -> apache-2.0"),
        ({}, {"license": "mit", "control": True}, "control false -> true, license none -> mit"),
        ({}, {"label": "Two words"}, 'label none -> "Two words"'),
        ({"label": "a\nb"}, {}, 'label "a\\nb" -> none'),
        ({"loras": [{"weight": 0.5}]}, {"loras": [{"weight": 0.8}]}, "loras[0].weight 0.5 -> 0.8"),
        ({}, {"loras": [{"name": "x"}]}, "loras[0].name none -> x"),
        ({}, {"future": [], "opset": 18}, "opset none -> 18"),
    ],
)
def test_each_changed_key_is_told_with_both_values(
    before: Mapping[str, JsonValue], after: Mapping[str, JsonValue], words: str
) -> None:
    assert changes({**PLAIN, **before}, {**PLAIN, **after}) == words


def test_long_values_are_shortened() -> None:
    words = changes(PLAIN, {**PLAIN, "description": "word " * 100})
    assert words.startswith('description none -> "word word ')
    assert words.endswith("…")
    assert len(words) < 80


def test_many_changes_are_counted() -> None:
    after: JsonObject = {**PLAIN, **{f"key-{index}": index for index in range(8)}}
    assert changes(PLAIN, after).endswith("key-4 none -> 4, and 3 other keys")


def test_what_was_asked_by_another_version_is_compared_too() -> None:
    assert changes({"name": "a-name"}, {"name": "a-name", "section": "unknown"}) == "section none -> unknown"
