"""Two validators: a compiled one, which knows in microseconds that a value is right, and jsonschema for what is wrong.

Only jsonschema says what is wrong in a form that can be told to a contributor, but it takes a hundred times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from converter.canonical import JsonObject

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

    return Draft202012Validator(dict(schema))
