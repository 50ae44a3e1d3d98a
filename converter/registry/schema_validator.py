"""Two validators: a compiled one, which knows in microseconds that a value is right, and jsonschema for what is wrong.

Only jsonschema says what is wrong in a form that can be told to a contributor, but it takes a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from converter.canonical import JsonObject, JsonValue

if TYPE_CHECKING:
    from jsonschema.protocols import Validator


def fits(schema: JsonObject) -> Callable[[object], bool]:
    """What knows whether `validator_of(schema)` would find nothing against a value."""
    from jsonschema_rs import Draft202012Validator

    is_valid = Draft202012Validator(dict(schema)).is_valid

    def answer(value: object) -> bool:
        try:
            return is_valid(value)
        except ValueError:  # half of a surrogate pair, or a number that `reading` refused: jsonschema has the word
            return False

    return answer


def validator_of(schema: JsonObject) -> Validator:
    """What finds everything that a JSON value has against a schema (draft 2020-12)."""
    # 250 ms that a registry without mistakes need not pay
    from jsonschema import Draft202012Validator

    return Draft202012Validator({keyword: _ended(value, keyword) for keyword, value in schema.items()})


def _ended(value: JsonValue, keyword: str) -> JsonValue:
    """A part of a schema, its patterns ending where the text does: Python's `$` would let a line break follow."""
    if isinstance(value, str):
        return _pattern(value) if keyword == "pattern" else value
    if isinstance(value, dict):
        names = _pattern if keyword == "patternProperties" else str
        return {names(inner): _ended(part, inner) for inner, part in value.items()}
    return [_ended(part, keyword) for part in value] if isinstance(value, list) else value


def _pattern(regex: str) -> str:
    return f"{regex[:-1]}\\Z" if regex.endswith("$") else regex
