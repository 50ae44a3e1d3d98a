"""What jsonschema finds, in words that a contributor understands."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from converter.canonical import JsonObject
from converter.registry.complaint import About, Complaint
from converter.registry.document import entry_schema, shell_schema, strings_schema
from converter.registry.findings import Path
from converter.registry.nearest import did_you_mean, nearest
from converter.registry.quoting import described, listed, quoted
from converter.registry.schema_validator import fits, validator_of

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
}


def entry_complaints(definition: str, value: object) -> Iterable[Complaint]:
    """What the schema has against `value` as an entry of that definition."""
    return _entry(definition).complaints(value)


def shell_complaints(value: object) -> Iterable[Complaint]:
    """What the schema has against a document, its entries left aside."""
    return _shell().complaints(value)


def strings_complaints(value: object) -> Iterable[Complaint]:
    """What the schema has against the translations."""
    return _strings().complaints(value)


class _Schema:
    """A schema, and both validators of it; jsonschema's is made when something is wrong."""

    def __init__(self, schema: JsonObject) -> None:
        self._schema = schema
        self._fits = fits(schema)

    def complaints(self, value: object) -> Iterable[Complaint]:
        return () if self._fits(value) else _complaints(self._validator, value)

    @cached_property
    def _validator(self) -> "Validator":
        return validator_of(self._schema)


@cache
def _entry(definition: str) -> _Schema:
    return _Schema(entry_schema(definition))


@cache
def _shell() -> _Schema:
    return _Schema(shell_schema())


@cache
def _strings() -> _Schema:
    return _Schema(strings_schema())


@dataclass(frozen=True)
class _Failure:
    """What is needed of a ValidationError."""

    keyword: str
    expected: Any
    """The keyword's value in the schema."""
    found: Any
    schema: Mapping[str, Any]
    path: Path


def _complaints(validator: "Validator", value: Any) -> Iterator[Complaint]:
    seen: set[tuple[Path, str]] = set()
    for error in validator.iter_errors(value):
        schema = error.schema if isinstance(error.schema, Mapping) else {}
        keyword, path = str(error.validator), tuple(error.absolute_path)
        # Each missing key is an error of its own, and each has the whole list: all are told at the first.
        if (path, keyword) not in seen:
            seen.add((path, keyword))
            yield from _WORDS.get(keyword, _other)(
                _Failure(keyword, error.validator_value, error.instance, schema, path)
            )


def _required(failure: _Failure) -> Iterator[Complaint]:
    known = failure.schema["properties"]
    meant = {nearest(key, known) for key in failure.found if key not in known}
    for key in failure.expected:
        # A key that was misspelt is told as that, not as missing too.
        if key not in failure.found and key not in meant:
            yield Complaint(failure.path, f"missing key '{key}'; add it", about=About.ABSENCE)


def _additional(failure: _Failure) -> Iterator[Complaint]:
    known = list(failure.schema.get("properties", ()))
    patterns = list(failure.schema.get("patternProperties", ()))
    expected = f", expected {failure.schema['errorMessage']}" if patterns else ""
    for key in failure.found:
        if key not in known and not any(re.search(pattern, key) for pattern in patterns):
            advice = expected or did_you_mean(key, known) or f"; the keys are {', '.join(sorted(known))}"
            yield Complaint((*failure.path, key), f"unknown key {quoted(key)}{advice}", about=About.KEY)


def _type(failure: _Failure) -> Iterator[Complaint]:
    names = [failure.expected] if isinstance(failure.expected, str) else failure.expected
    yield from _unexpected(failure, listed([_TYPES[name] for name in names]))


def _enum(failure: _Failure) -> Iterator[Complaint]:
    guess = did_you_mean(failure.found, failure.expected) if isinstance(failure.found, str) else ""
    yield from _unexpected(failure, listed([f"'{word}'" for word in failure.expected]) + guess)


def _const(failure: _Failure) -> Iterator[Complaint]:
    yield from _unexpected(failure, f"'{failure.expected}'")


def _pattern(failure: _Failure) -> Iterator[Complaint]:
    yield from _unexpected(failure, failure.schema["errorMessage"])


def _minimum(failure: _Failure) -> Iterator[Complaint]:
    yield from _unexpected(failure, f"at least {failure.expected}")


def _maximum(failure: _Failure) -> Iterator[Complaint]:
    yield from _unexpected(failure, f"at most {failure.expected}")


def _multiple(failure: _Failure) -> Iterator[Complaint]:
    yield from _unexpected(failure, f"a multiple of {failure.expected}")


def _empty(failure: _Failure) -> Iterator[Complaint]:
    yield Complaint(failure.path, "found an empty text, expected some; write it or remove the key")


def _long(failure: _Failure) -> Iterator[Complaint]:
    found = f"found a text of {len(failure.found):,} characters"
    yield Complaint(failure.path, f"{found}, expected at most {failure.expected:,}; shorten it")


def _other(failure: _Failure) -> Iterator[Complaint]:
    message = f"found {described(failure.found)}, which the schema's '{failure.keyword}' does not allow"
    yield Complaint(failure.path, message)


def _unexpected(failure: _Failure, expected: str) -> Iterator[Complaint]:
    yield Complaint(failure.path, f"found {described(failure.found)}, expected {expected}")


_WORDS: Mapping[str, Callable[[_Failure], Iterator[Complaint]]] = {
    "required": _required,
    "additionalProperties": _additional,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minLength": _empty,
    "maxLength": _long,
    "minimum": _minimum,
    "maximum": _maximum,
    "multipleOf": _multiple,
}
