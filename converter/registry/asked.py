"""What an entry asks for, in one canonical form, and its fingerprint."""

from converter.canonical import JsonObject, JsonValue, digest_of
from converter.registry.entries import Entry, StringsEntry
from converter.registry.fields import FieldSpec, asked_fields


def asked(entry: Entry) -> JsonObject:
    """Everything about `entry` that changes the bytes of its release, and nothing else.

    Keys that have their default value are left out, so that writing a default down changes nothing, and so that a key
    which a later version adds changes no fingerprint. `yanked` is not in it: it is about the release, not in it.
    """
    kind: JsonObject = {} if entry.kind is None else {"type": entry.kind}
    return {"section": entry.section, **kind, **_written(entry)}


def fingerprint(entry: Entry, recipe: int) -> str:
    """SHA-256 (64 hexadecimal digits) of what is asked and of the recipe; an equal one means nothing to do."""
    return fingerprint_of(asked(entry), recipe)


def fingerprint_of(wanted: JsonObject, recipe: int) -> str:
    """The fingerprint of an entry that asks for `wanted`."""
    return digest_of({"asked": wanted, "recipe": recipe})


def optimize_of(wanted: JsonObject) -> str:
    """Which operators an entry that asks for `wanted` has fused; `none` where it does not say."""
    return str(wanted.get("optimize", "none"))


def _written(entry: Entry) -> JsonObject:
    if isinstance(entry, StringsEntry):
        return {"name": entry.name, "texts": [[*keys, text] for keys, text in entry.texts]}
    given, values = vars(entry), dict[str, JsonValue]()  # what nobody wrote down is not there (`frozen`)
    for name, spec, default in asked_fields(type(entry), given):
        value = given[name]
        if value is not None and value is not default and value != default:
            values[name] = _value(spec, value)
    return values


def _value(spec: FieldSpec, value: object) -> JsonValue:
    if spec.nested is None:
        return spec.write(value)
    items = value if isinstance(value, tuple) else ()
    return [_written(item) for item in items]
