"""The small parts that tokenizer files are made of: JSON objects, vocabularies, merges, tokens. Strict about each."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import NoReturn

from converter.models.clip_tokenizer import MERGES_HEADER, AddedToken
from converter.models.errors import ModelError

_FLAGS = {"lstrip": False, "rstrip": False, "normalized": True, "single_word": False, "special": False}


def json_object(data: bytes, name: str) -> Mapping[str, object]:
    """The JSON object in the bytes of the file `name`.

    Raises:
        ModelError: it is not UTF-8, not JSON, not an object, or has a key twice.
    """
    try:
        raw = json.loads(data.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{name}: not valid JSON ({error}); fetch the tokenizer again") from error
    return as_object(raw, name)


def vocab_of(raw: Mapping[str, object], name: str) -> Mapping[str, int]:
    """Token to id; ids are checked to be whole numbers, not yet to be complete."""
    for token, number in raw.items():
        if type(number) is not int:
            raise ModelError(
                f"{name}: the id of {token!r} is {number!r}, expected a whole number; fetch the tokenizer again"
            )
        _require_unicode(token, name)
    return {token: number for token, number in raw.items() if isinstance(number, int)}


def merges_of(data: bytes, name: str) -> tuple[tuple[str, str], ...]:
    """The merges of a `merges.txt`, in order of rank.

    Raises:
        ModelError: it is not text, lacks its first line, or a line is not two symbols.
    """
    try:
        lines = data.decode().replace("\r\n", "\n").rstrip("\n").split("\n")
    except UnicodeDecodeError as error:
        raise ModelError(f"{name}: not UTF-8 text ({error}); fetch the tokenizer again") from error
    if not lines[0].startswith("#version"):
        # transformers 4 drops the first line whatever it says, tokenizers does not: they would disagree by one merge.
        raise ModelError(
            f"{name}: the first line is {lines[0][:80]!r}, expected {MERGES_HEADER!r}; use the original file"
        )
    return tuple(merge_of(line, f"{name}, line {number}") for number, line in enumerate(lines[1:], start=2))


def merge_of(raw: object, where: str) -> tuple[str, str]:
    """One merge, written as `"left right"` or as `["left", "right"]`."""
    parts = raw.split(" ") if isinstance(raw, str) else raw
    match parts:
        case [str(left), str(right)] if left.split() == [left] and right.split() == [right]:
            return left, right
    raise ModelError(f"{where}: {str(raw)[:80]!r} is not a merge, expected two symbols with one space between them")


def added_token(raw: Mapping[str, object], number: object, where: str) -> AddedToken:
    """A token with its flags, as `added_tokens_decoder` and `tokenizer.json` describe it."""
    content = as_text(raw.get("content"), f"{where}, content")
    if type(number) is not int:
        raise ModelError(f"{where}: the id of {content!r} is {number!r}, expected a whole number")
    flags = {name: raw.get(name, default) for name, default in _FLAGS.items()}
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise ModelError(f"{where}: {name} of {content!r} is {value!r}, expected true or false")
    return AddedToken(content, number, **{name: value is True for name, value in flags.items()})


def as_object(raw: object, where: str) -> Mapping[str, object]:
    """`raw`, once it is known to be a JSON object."""
    if not isinstance(raw, dict):
        _wrong(raw, where, "an object")
    return raw


def as_list(raw: object, where: str) -> list[object]:
    """`raw`, once it is known to be a JSON array."""
    if not isinstance(raw, list):
        _wrong(raw, where, "an array")
    return raw


def as_text(raw: object, where: str) -> str:
    """`raw`, once it is known to be a string that UTF-8 can hold."""
    if not isinstance(raw, str) or not raw:
        _wrong(raw, where, "a text")
    _require_unicode(raw, where)
    return raw


def _wrong(raw: object, where: str, expected: str) -> NoReturn:
    found = "nothing" if raw is None else f"{type(raw).__name__} {str(raw)[:80]!r}"
    raise ModelError(f"{where}: found {found}, expected {expected}; fetch the tokenizer again")


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {twice!r} is there twice")
    return found


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _require_unicode(token: str, where: str) -> None:
    try:
        token.encode()
    except UnicodeEncodeError as error:
        raise ModelError(
            f"{where}: {token!r} holds half a character, which UTF-8 cannot say; use the original file"
        ) from error
