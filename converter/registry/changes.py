"""How two asked forms differ, in the words of a plan's reason."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from converter.canonical import JsonObject, JsonValue
from converter.registry.fields import spec_of
from converter.registry.kinds import DEFINITIONS
from converter.registry.quoting import counted, printable

_ABSENT = "none"
_SHOWN = 5
_LONGEST = 40


def changes(before: JsonObject, after: JsonObject) -> str:
    """`precision fp32 -> fp16, label none -> "A label"`; an absent key has its default value."""
    # Of ten thousand entries with another recipe few differ in anything else: those keys alone are looked into.
    if before == after:
        return ""
    other = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    old, new = (dict(_leaves({key: said[key] for key in other if key in said}, "")) for said in (before, after))
    defaults = _defaults(after.get("section"), after.get("type"))
    differing = [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
    shown = [
        f"{key} {_shown(old.get(key, defaults.get(key)))} -> {_shown(new.get(key, defaults.get(key)))}"
        for key in differing[:_SHOWN]
    ]
    rest = [f"and {counted(len(differing) - _SHOWN, 'other key')}"] if len(differing) > _SHOWN else []
    return ", ".join([*shown, *rest])


def _leaves(value: JsonValue, path: str) -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


@cache
def _defaults(section: JsonValue, type_: JsonValue) -> Mapping[str, JsonValue]:
    kind = next((k for k in DEFINITIONS.values() if (k.section, k.kind) == (section, type_)), None)
    fields = dataclasses.fields(kind) if kind is not None else ()
    specs = [(field, spec_of(field)) for field in fields]
    return {
        field.name: spec.write(field.default)
        for field, spec in specs
        if spec is not None and isinstance(field.default, str | bool | int | float)
    }


def _shown(value: JsonValue) -> str:
    if value is None:
        return _ABSENT
    # A word stands as it is; anything else as JSON, which escapes what would break the line.
    plain = isinstance(value, str) and value.isprintable() and " " not in value
    text = str(value) if plain else printable(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
