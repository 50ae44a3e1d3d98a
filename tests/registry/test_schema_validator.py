"""The validator whose properties are made once: it finds exactly what jsonschema's own finds."""

import pytest
from jsonschema import Draft202012Validator, ValidationError

from converter.canonical import JsonValue
from converter.registry.document import entry_schema
from converter.registry.schema_validator import validator_of

_ENTRY: dict[str, JsonValue] = {"name": "fine", "source": "a/b", "format": "safetensors"}


def _said(error: ValidationError) -> tuple[object, ...]:
    return tuple(error.absolute_path), tuple(error.absolute_schema_path), error.validator, error.message


@pytest.mark.parametrize(
    "changed",
    [
        {},
        {"name": 1},
        {"name": "Not Good"},
        {"format": "zip"},
        {"unknown": True},
        {"loras": [{"name": "l", "source": "a/b/c.safetensors", "weight": "much"}, 3]},
        {"loras": "none"},
        {"inversions": [{}]},
        {"opset": 3, "half": "yes", "name": ""},
    ],
    ids=str,
)
def test_it_finds_what_jsonschemas_own_finds_in_that_order(changed: dict[str, JsonValue]) -> None:
    schema = entry_schema("diffusion")
    entry = {**_ENTRY, **changed}

    found = [_said(error) for error in validator_of(schema).iter_errors(entry)]

    assert found == [_said(error) for error in Draft202012Validator(dict(schema)).iter_errors(entry)]


def test_what_is_no_object_is_told_as_that() -> None:
    (error,) = validator_of(entry_schema("diffusion")).iter_errors([])

    assert error.validator == "type"


def test_two_schemas_do_not_share_a_property() -> None:
    number = validator_of({"properties": {"a": {"type": "number"}}})
    text = validator_of({"properties": {"a": {"type": "string"}}})

    assert number.is_valid({"a": 1})
    assert not text.is_valid({"a": 1})
