"""Markdown that strangers' text cannot break out of: it stands in code spans, or in a fence. Pure.

GitHub makes links of plain addresses and mentions, pictures of emoji names and mathematics of dollars; none of that
happens in a code span: https://github.github.com/gfm/#code-spans.
"""

import json
import re
from collections.abc import Sequence

from converter.canonical import JsonValue
from converter.registry import printable

LONGEST = 200
"""Characters of a text that are shown; a name in a weight file can be a megabyte."""

# Tables are cut at pipes before anything else is read, and take backslashes with them.
_UNSAFE = re.compile(r"([|\\])")


def literal(text: str, longest: int = LONGEST) -> str:
    """`text` as Markdown for one line or table cell that renders as itself, shortened; empty for an empty text.

    What does not print is escaped, bidirectional characters among it; white space becomes one space.
    """
    parts = _UNSAFE.split(printable(" ".join(_clipped(text, longest).split())))
    return "".join(_part(part) for part in parts if part)


def fenced(text: str, language: str) -> str:
    """A fenced code block that holds `text`, whatever fences are in it."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def fenced_json(value: JsonValue) -> str:
    """A value as a fenced block of JSON in ASCII, which is what an editor takes and hides nothing."""
    return fenced(json.dumps(value, indent=2, allow_nan=False), "json")


def row(cells: Sequence[str]) -> str:
    """A line of a table; each cell is Markdown already."""
    return f"| {' | '.join(cells)} |"


def header(titles: Sequence[str]) -> list[str]:
    """The two lines that begin a table."""
    return [row(titles), f"|{'---|' * len(titles)}"]


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


def _part(part: str) -> str:
    if _UNSAFE.fullmatch(part):
        return f"&#{ord(part)};"
    # A span loses the space at its ends, so that stays outside.
    words = part.strip(" ")
    return part.replace(words, _span(words)) if words else part


def _span(words: str) -> str:
    """A code span, which ends only at as many backticks as it begins with: one more than any in it."""
    ticks = "`" * (1 + max(map(len, re.findall("`+", words)), default=0))
    return f"{ticks} {words} {ticks}" if "`" in (words[0], words[-1]) else f"{ticks}{words}{ticks}"
