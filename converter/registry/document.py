"""The JSON Schema of a registry, generated from the types of its entries."""

import dataclasses
from functools import cache

from converter.canonical import JsonObject, JsonValue, readable_json
from converter.registry.entries import SourcedEntry
from converter.registry.fields import FieldSpec, spec_of, specs_of
from converter.registry.kinds import DEFINITIONS, LEGACY_KEYS, LEGACY_OPEN, SECTIONS

_SECTION_PROSE = {
    "diffusion": "Stable Diffusion models; each becomes a release.",
    "correction": "Models that correct faces; each becomes a release.",
    "upscaling": "Models that make images larger; each becomes a release.",
    "networks": "LoRAs, Textual Inversions and ControlNets.",
    "sources": "Files that other entries refer to; they are only downloaded.",
}
_LANGUAGE = "^[A-Za-z]{2}$"
_TRANSLATION_KEY = "^[A-Za-z0-9_.-]+$"


def schema_json() -> bytes:
    """The bytes of `registry/extras.schema.json`."""
    return readable_json(_schema())


def shell_schema() -> JsonObject:
    """The schema of a document whose sections may hold anything."""
    return {
        "type": "object",
        "properties": {
            "$schema": {"type": "string", "description": "Where this schema is, for editors."},
            **{section: _section(section) for section in SECTIONS},
            "strings": {"type": "object", "description": "Translations for onnx-web, by language."},
        },
        "additionalProperties": False,
    }


@cache
def entry_schema(definition: str) -> JsonObject:
    """The schema of one entry on its own."""
    return {**_entry(definition), "$defs": _definitions()}


def strings_schema() -> JsonObject:
    """The schema of the translations on their own."""
    return {**_strings(), "$defs": _definitions()}


def _schema() -> JsonObject:
    shell = shell_schema()
    sections = {section: {**_section(section), "items": _items(section)} for section in SECTIONS}
    pointer = {"type": "string", "description": "Where this schema is, for editors."}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "extras.schema.json",
        "title": "Model registry",
        "description": "What the model zoo should hold; the format of onnx-web's extras.json, with more keys.",
        **shell,
        "properties": {"$schema": pointer, **sections, "strings": _strings()},
        "$defs": _definitions(),
    }


def _section(section: str) -> JsonObject:
    return {"type": "array", "description": _SECTION_PROSE[section]}


def _items(section: str) -> JsonObject:
    definitions = SECTIONS[section]
    told_apart: JsonObject = {"required": ["type"]} if len(definitions) > 1 else {}
    objects: list[JsonValue] = [{"$ref": f"#/$defs/{name}", **told_apart} for name in definitions]
    tuples: list[JsonValue] = [{"$ref": f"#/$defs/{name}_tuple"} for name in definitions if name in LEGACY_KEYS]
    return {"anyOf": [*objects, *tuples]}


def _strings() -> JsonObject:
    language = {"$ref": "#/$defs/translation", "type": "object"}
    return {
        "type": "object",
        "description": "Translations for onnx-web, by language.",
        "patternProperties": {_LANGUAGE: language},
        "additionalProperties": False,
        "errorMessage": "a language of two letters such as 'en'",
    }


@cache
def _definitions() -> JsonObject:
    entries = {name: _entry(name) for name in DEFINITIONS}
    tuples = {f"{name}_tuple": _tuple(name) for name in LEGACY_KEYS}
    return {**entries, **tuples, "translation": _translation()}


def _entry(definition: str) -> JsonObject:
    kind = DEFINITIONS[definition]
    fields = {field.name: (field, spec) for field in dataclasses.fields(kind) if (spec := spec_of(field))}
    properties = {name: _property(spec, field.default) for name, (field, spec) in fields.items()}
    required = [name for name, (field, _) in fields.items() if field.default is dataclasses.MISSING]
    return {
        "type": "object",
        "description": (kind.__doc__ or "").strip(),
        "properties": {**properties, **_type_property(kind)},
        "required": list(required),
        "additionalProperties": False,
    }


def _property(spec: FieldSpec, default: object) -> JsonObject:
    has_default = default is not None and default is not dataclasses.MISSING and spec.nested is None
    return {"description": spec.prose, **spec.schema, **({"default": spec.write(default)} if has_default else {})}


def _type_property(kind: type[SourcedEntry]) -> JsonObject:
    if kind.kind is None:
        return {}
    return {"type": {"const": kind.kind, "description": "What tells the networks apart; needed in `networks`."}}


def _tuple(definition: str) -> JsonObject:
    specs, keys = specs_of(DEFINITIONS[definition]), LEGACY_KEYS[definition]
    rest: JsonValue = {"type": ["boolean", "number", "string"]} if definition in LEGACY_OPEN else False
    return {
        "type": "array",
        "description": f"The old form: [{', '.join(keys)}]. Write an object in its place.",
        "prefixItems": [{"description": specs[key].prose, **specs[key].schema} for key in keys],
        "minItems": 2,
        "items": rest,
    }


def _translation() -> JsonObject:
    # Keywords for objects do not look at strings, so no `anyOf` is needed.
    return {
        "description": "A text, or an object of texts.",
        "type": ["string", "object"],
        "patternProperties": {_TRANSLATION_KEY: {"$ref": "#/$defs/translation"}},
        "additionalProperties": False,
        "errorMessage": "letters, digits, '_', '.' and '-'",
    }
