"""A registry's text as JSON values with positions: what `json` lets pass and nobody means is found here."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from converter.registry.errors import RegistryError
from converter.registry.findings import Finding, Location, Path, Severity
from converter.registry.positions import Positions, first_deeper_than
from converter.registry.quoting import quoted

DEPTH_LIMIT = 32
"""Deep nesting would exhaust the stack of recursive readers; entries need six levels, translations a few more."""
_DIGITS_LIMIT = 15
"""Longer whole numbers lose digits in readers that use doubles, and Python refuses those of 4,300."""

# Control characters break lines and terminals; bidirectional ones show another text than there is; half of a surrogate
# pair cannot be written as UTF-8. A line break is kept apart because translations may have one.
_HIDDEN = re.compile("[\0-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
_HIDDEN_OR_BREAK = re.compile(f"{_HIDDEN.pattern}|\n")


@dataclass(frozen=True)
class Flaw:
    """Something that `json` accepts and a registry must not have."""

    path: Path
    location: Location
    message: str


@dataclass(frozen=True)
class Document:
    """A JSON text that can be worked with, though it may have findings already."""

    value: object
    positions: Positions
    flaws: tuple[Flaw, ...]
    """Duplicate keys, hidden characters, impossible numbers."""


@dataclass(frozen=True)
class _Refused:
    """Stands in the tree where a number was that JSON has no word for, or that is too long."""

    complaint: str


def read_document(text: str, file: str) -> Document:
    """Parse `text`.

    Raises:
        RegistryError: it is not JSON, or nested too deep; with one finding.
    """
    positions = Positions(text)
    repeated: list[bool] = []

    def as_object(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            repeated.append(True)
        return members

    try:
        value = json.loads(
            text, object_pairs_hook=as_object, parse_constant=_constant, parse_float=_float, parse_int=_int
        )
        flaws = tuple(_flaws(value, (), positions, in_strings=False))
    except RecursionError:  # `json` gives up at about a thousand levels, `_flaws` at ours
        _refuse_depth(text, file, positions)
        raise
    except json.JSONDecodeError as error:
        _refuse_depth(text, file, positions)
        raise _error(file, positions.offset(error.pos), _syntax_message(text, error)) from error
    doubles = _duplicates(positions) if repeated else ()
    return Document(value, positions, (*doubles, *flaws))


def _refuse_depth(text: str, file: str, positions: Positions) -> None:
    deep = first_deeper_than(text, DEPTH_LIMIT)
    if deep is not None:
        raise _error(file, positions.offset(deep), f"nested deeper than {DEPTH_LIMIT} levels; no registry needs that")


def _constant(literal: str) -> _Refused:
    return _Refused(f"found {literal}, which is not JSON; write a number")


def _float(literal: str) -> float | _Refused:
    number = float(literal)
    return number if math.isfinite(number) else _Refused(f"found {literal[:20]}, which is too large for a number")


def _int(literal: str) -> int | _Refused:
    if len(literal) <= _DIGITS_LIMIT:
        return int(literal)
    return _Refused(
        f"found a whole number of {len(literal)} digits, at most {_DIGITS_LIMIT} are kept exactly everywhere"
    )


def _duplicates(positions: Positions) -> Iterator[Flaw]:
    for path, again, first in positions.duplicates():
        place = f"line {first.line}, column {first.column}"
        message = f"the key {quoted(str(path[-1]))} is here a second time, first on {place}; keep one"
        yield Flaw(path, again, message)


def _flaws(value: object, path: Path, positions: Positions, *, in_strings: bool) -> Iterator[Flaw]:
    if len(path) >= DEPTH_LIMIT and isinstance(value, dict | list):
        raise RecursionError
    if isinstance(value, str):
        if hidden := (_HIDDEN if in_strings else _HIDDEN_OR_BREAK).search(value):
            yield Flaw(path, positions.value(path), _hidden_message(hidden))
    elif isinstance(value, dict):
        yield from _flaws_of_object(value, path, positions, in_strings=in_strings)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _flaws(inner, (*path, index), positions, in_strings=in_strings)
    elif isinstance(value, _Refused):
        yield Flaw(path, positions.value(path), value.complaint)


def _flaws_of_object(
    members: Mapping[str, object], path: Path, positions: Positions, *, in_strings: bool
) -> Iterator[Flaw]:
    for key, inner in members.items():
        if isinstance(inner, str) and inner.isprintable() and key.isprintable():
            continue  # nothing that is hidden is printable, and nearly everything is
        here = (*path, key)
        if hidden := _HIDDEN_OR_BREAK.search(key):
            yield Flaw(here, positions.key(here), _hidden_message(hidden))
        yield from _flaws(inner, here, positions, in_strings=in_strings or here == ("strings",))


def _hidden_message(hidden: re.Match[str]) -> str:
    code = ord(hidden.group())
    return f"found the character U+{code:04X} at position {hidden.start() + 1}, which does not show; remove it"


def _syntax_message(text: str, error: json.JSONDecodeError) -> str:
    return f"not JSON: {error.msg[0].lower()}{error.msg[1:]}; {_syntax_advice(text, error)}"


def _syntax_advice(text: str, error: json.JSONDecodeError) -> str:
    here, before = text[error.pos : error.pos + 2], text[: error.pos].rstrip()[-1:]
    advice = {
        'the file is empty, the least is {"diffusion": []}': not text.strip(),
        "the file ends too early, a bracket or a quote is still open": not here,
        "remove the comma before the closing bracket": "trailing comma" in error.msg  # Python 3.13's words
        or (before == "," and here[:1] in ("}", "]")),
        "JSON has no comments, use the key `description`": here in ("//", "/*") or here[:1] == "#",
        'use double quotes (")': here[:1] == "'",
        "a comma is missing before this": "','" in error.msg and here[:1] in ('"', "{", "["),
    }
    return next((words for words, fits in advice.items() if fits), "compare with the entries around it")


def _error(file: str, location: Location, message: str) -> RegistryError:
    finding = Finding(Severity.ERROR, file, location.line, location.column, location.path, message)
    return RegistryError.of(file, (finding,))
