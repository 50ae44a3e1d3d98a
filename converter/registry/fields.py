"""How one field of an entry looks in the file: its schema, its prose, and the way in and out.

The JSON Schema, the reader and the canonical form are all derived from these, so that a field is described once.
"""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, cast

from converter.canonical import JsonObject, JsonValue
from converter.registry.errors import SourceSyntaxError
from converter.registry.source_syntax import parse_source
from converter.registry.sources import identity_of

_KEY = "converter.registry"


def _same(value: Any) -> Any:  # JSON scalars in, the same out
    return value


@dataclass(frozen=True)
class FieldSpec:
    """One key of an entry."""

    schema: JsonObject
    """JSON Schema of its value, without the prose. `errorMessage` says what is expected, here and in editors."""
    prose: str
    """What a contributor reads in the editor."""
    read: Callable[[Any], object] = _same
    """From a JSON value that the schema accepts and that has no complaint."""
    write: Callable[[Any], JsonValue] = _same
    """To the canonical form."""
    complaint: Callable[[Any], str | None] | None = None
    """What is wrong with a text that the schema accepts; `None` where nothing can be."""
    nested: type | None = None
    """The dataclass of a list's items."""
    asked: bool = True
    """Whether it changes the bytes of a release."""


def spec_of(field: "dataclasses.Field[Any]") -> FieldSpec | None:
    """What the registry says about a dataclass field; `None` for one that is not in the file."""
    return cast("FieldSpec | None", field.metadata.get(_KEY))


def specs_of(kind: type) -> Mapping[str, FieldSpec]:
    """Every key that entries of this dataclass may have, in the order of their definition."""
    return _specs_of(kind)


@cache
def _specs_of(kind: Any) -> Mapping[str, FieldSpec]:  # `Any`: mypy does not see that a dataclass's type is hashable
    specs = {field.name: spec_of(field) for field in dataclasses.fields(kind)}
    return {name: spec for name, spec in specs.items() if spec is not None}


def complaints_of(kind: type) -> Mapping[str, Callable[[Any], str | None]]:
    """The keys of this dataclass whose texts must have a form that no schema tells, and what finds fault with them."""
    return _complaints_of(kind)


@cache
def _complaints_of(kind: Any) -> Mapping[str, Callable[[Any], str | None]]:  # `Any` as above
    return {key: spec.complaint for key, spec in _specs_of(kind).items() if spec.complaint is not None}


def nested_of(kind: type) -> Mapping[str, type]:
    """The keys of this dataclass that hold lists of nested objects, and the dataclass of those."""
    return _nested_of(kind)


@cache
def _nested_of(kind: Any) -> Mapping[str, type]:  # `Any` as above
    return {key: spec.nested for key, spec in _specs_of(kind).items() if spec.nested is not None}


def asked_fields(kind: type, given: Iterable[str]) -> tuple[tuple[str, FieldSpec, object], ...]:
    """Name, description and default of the fields `given` that change the bytes of a release, in their order."""
    return _asked_fields(kind, tuple(given))


@lru_cache(maxsize=1024)  # of ten thousand entries most have the same keys as another; a stranger's may all differ
def _asked_fields(kind: Any, given: tuple[str, ...]) -> tuple[tuple[str, FieldSpec, object], ...]:  # `Any` as above
    described = ((field.name, spec_of(field), field.default) for field in dataclasses.fields(kind))
    return tuple(
        (name, spec, default) for name, spec, default in described if spec is not None and spec.asked and name in given
    )


def metadata(spec: FieldSpec) -> Mapping[str, FieldSpec]:
    """What `dataclasses.field(metadata=...)` takes."""
    return {_KEY: spec}


def text(
    prose: str,
    *,
    examples: tuple[str, ...] = (),
    longest: int = 200,
    complaint: Callable[[Any], str | None] | None = None,
    asked: bool = True,
) -> Mapping[str, FieldSpec]:
    """A string that is not empty."""
    schema: JsonObject = {"type": "string", "minLength": 1, "maxLength": longest, **_examples(examples)}
    return metadata(FieldSpec(schema, prose, complaint=complaint, asked=asked))


def pattern(
    prose: str,
    regex: str,
    expected: str,
    *,
    examples: tuple[str, ...] = (),
    read: Callable[[Any], object] = _same,
    complaint: Callable[[Any], str | None] | None = None,
) -> Mapping[str, FieldSpec]:
    """A string of one form; `expected` is that form in words."""
    schema: JsonObject = {"type": "string", "pattern": regex, "errorMessage": expected, **_examples(examples)}
    return metadata(FieldSpec(schema, prose, read=read, complaint=complaint))


def choice(words: type[StrEnum], prose: str) -> Mapping[str, FieldSpec]:
    """One word of a closed list."""
    by_text = {str(word): word for word in words}
    return metadata(FieldSpec({"enum": list(by_text)}, prose, read=by_text.__getitem__, write=str))


def flag(prose: str, *, asked: bool = True) -> Mapping[str, FieldSpec]:
    """True or false."""
    return metadata(FieldSpec({"type": "boolean"}, prose, asked=asked))


def whole(prose: str, least: int, most: int, *, step: int = 1) -> Mapping[str, FieldSpec]:
    """A whole number in a range; `18.0` is 18."""
    multiple = {"multipleOf": step} if step > 1 else {}
    return metadata(FieldSpec({"type": "integer", "minimum": least, "maximum": most, **multiple}, prose, read=int))


def place(prose: str, *, examples: tuple[str, ...] = ()) -> Mapping[str, FieldSpec]:
    """A source: a Hub id, an address or a path."""
    schema: JsonObject = {"type": "string", "minLength": 1, **_examples(examples)}
    return metadata(FieldSpec(schema, prose, parse_source, identity_of, source_complaint))


def many(kind: type, definition: str, prose: str) -> Mapping[str, FieldSpec]:
    """A list of nested objects, which the schema has under `$defs/definition`."""
    schema: JsonObject = {"type": "array", "items": {"$ref": f"#/$defs/{definition}"}}
    return metadata(FieldSpec(schema, prose, nested=kind))


def words(prose: str) -> Mapping[str, FieldSpec]:
    """A list of strings."""
    schema: JsonObject = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 200}}
    return metadata(FieldSpec(schema, prose, tuple, list))


def numbers(prose: str, limit: float) -> Mapping[str, FieldSpec]:
    """A list of numbers between `-limit` and `limit`."""
    item: JsonObject = {"type": "number", "minimum": -limit, "maximum": limit}
    return metadata(FieldSpec({"type": "array", "items": item}, prose, _floats, list))


def _floats(raw: Any) -> tuple[float, ...]:  # a list of numbers, as the schema has checked
    return tuple(map(float, raw))


def source_complaint(value: str) -> str | None:
    """What is wrong with a source, or `None`."""
    try:
        parse_source(value)
    except SourceSyntaxError as error:
        return str(error)
    return None


def _examples(examples: tuple[JsonValue, ...]) -> JsonObject:
    return {"examples": list(examples)} if examples else {}
