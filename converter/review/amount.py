"""Whether a registry is too much to be checked: found in one pass that stops early, before a value of it is built."""

import re

from converter.review.limits import ENTRIES_LIMIT, SIZE_LIMIT_BYTES, VALUES_LIMIT

# Possessive, as in the registry room: no text makes it go back over what it has read.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\],]', re.DOTALL)
_COMMA = ord(",")
_SECTION_DEPTH = 2
"""The document is the first level, a section the second; its items are the entries."""
_DEPTH_LIMIT = 32
"""The registry room's."""
_TOKENS_A_VALUE = 5
"""A key, a text, a comma and two brackets: what is no JSON could have more."""


def amount_complaint(data: bytes, size_bytes: int) -> str | None:
    """Why a registry is not read, or `None`; takes no memory, and two seconds at most.

    What is no JSON, or nested too deep, is for the registry room to refuse, which does so at once.

    Args:
        data: what it holds, or so much of it that it is seen to be too large.
        size_bytes: of the whole file.
    """
    if size_bytes > SIZE_LIMIT_BYTES:
        return f"the file has {size_bytes:,} bytes, at most {SIZE_LIMIT_BYTES:,} are read; split the registry"
    depth = entries = values = 0
    for tokens, match in enumerate(_TOKEN.finditer(data)):
        symbol = data[match.start()]
        # Whatever begins an item is counted: a comma before it, or the bracket of its section before the first.
        begins = symbol == _COMMA
        if symbol in b"{[":
            depth += 1
            begins = depth == _SECTION_DEPTH
        elif symbol in b"}]":
            depth -= 1
        if not 0 <= depth <= _DEPTH_LIMIT:
            return None
        if begins:
            entries += depth == _SECTION_DEPTH
            values += 1
        if entries > ENTRIES_LIMIT or values > VALUES_LIMIT or tokens > VALUES_LIMIT * _TOKENS_A_VALUE:
            return _too_many(ENTRIES_LIMIT, "entries") if entries > ENTRIES_LIMIT else _too_many(VALUES_LIMIT, "values")
    return None


def _too_many(limit: int, what: str) -> str:
    return f"the file has more than {limit:,} {what}, which is the most that is read; split the registry"
