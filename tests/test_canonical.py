"""JSON for digests and for files: equal values are equal bytes, other values other bytes."""

import hashlib
import json
import math
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.canonical import JsonValue, canonical_json, digest_of, readable_json

TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4))


def shuffled(value: JsonValue) -> JsonValue:
    """The same value with the keys of each object in another order."""
    if isinstance(value, Mapping):
        keys = random.Random(len(value)).sample(sorted(value), len(value))
        return {key: shuffled(value[key]) for key in reversed(keys)}
    return [shuffled(item) for item in value] if isinstance(value, list) else value


@given(VALUES)
def test_canonical_json_reads_back_as_the_value(value: JsonValue) -> None:
    assert json.loads(canonical_json(value)) == value


@given(VALUES)
def test_readable_json_reads_back_as_the_value(value: JsonValue) -> None:
    assert json.loads(readable_json(value)) == value


@given(VALUES)
def test_the_order_of_keys_does_not_change_the_canonical_form(value: JsonValue) -> None:
    assert canonical_json(shuffled(value)) == canonical_json(value)


def test_the_canonical_form_is_utf_8_with_sorted_keys_and_no_spaces() -> None:
    assert canonical_json({"b": [1, 2.0, None], "a": {"é": True}}) == '{"a":{"é":true},"b":[1,2.0,null]}'.encode()


def test_the_readable_form_keeps_the_order_of_keys_and_ends_in_a_newline() -> None:
    assert readable_json({"b": ["é"], "a": 1}) == '{\n  "b": [\n    "é"\n  ],\n  "a": 1\n}\n'.encode()


def test_a_digest_is_the_sha_256_of_the_canonical_form() -> None:
    assert digest_of({"b": 1, "a": 2}) == hashlib.sha256(b'{"a":2,"b":1}').hexdigest()


@pytest.mark.parametrize("one", [1, "1", 1.0, True, [1], {"1": 1}, None], ids=repr)
@pytest.mark.parametrize("other", [1, "1", 1.0, True, [1], {"1": 1}, None], ids=repr)
def test_values_of_different_types_have_different_digests(one: JsonValue, other: JsonValue) -> None:
    same = type(one) is type(other)

    assert (digest_of(one) == digest_of(other)) is same


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_has_no_word_for_are_refused(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json({"a": [number]})
    with pytest.raises(ValueError, match="JSON compliant"):
        readable_json({"a": [number]})
