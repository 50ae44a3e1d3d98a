"""One way to write JSON for digests and one for files, so that equal values are equal bytes on any machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TypeAlias

JsonValue: TypeAlias = "str | int | float | bool | Sequence[JsonValue] | Mapping[str, JsonValue] | None"
JsonObject: TypeAlias = Mapping[str, JsonValue]

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical_json(value: JsonValue) -> bytes:
    """UTF-8 JSON with sorted keys and no spaces: the form that digests are taken of.

    Raises:
        ValueError: the value holds NaN or an infinity, which JSON has no word for.
    """
    return _CANONICAL.encode(value).encode()


def readable_json(value: JsonValue) -> bytes:
    """The form that is written to files: two spaces of indent, keys in the order given, a newline at the end."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def digest_of(value: JsonValue) -> str:
    """SHA-256 (64 hexadecimal digits) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()
