"""Markdown in sections that can be cut between their items, so that a page stays within GitHub's limit. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_BYTES = 1 << 20
"""GitHub drops the whole summary of a step that is larger: https://docs.github.com/en/actions/reference/limits"""
_NOTE_BYTES = 200
"""What is kept for the line that counts what was cut."""


@dataclass(frozen=True)
class Section:
    """A part of a page."""

    head: tuple[str, ...]
    items: tuple[str, ...]


def joined_within(top: str, sections: Sequence[Section], limit_bytes: int) -> str:
    """The page, at most `limit_bytes` in UTF-8; what is cut is counted where it would have stood."""
    left = limit_bytes - _size(top)
    parts = [top]
    for index, section in enumerate(sections):
        part = _cut(section, left // (len(sections) - index))
        left -= _size(part)
        parts.append(part)
    return "\n".join(parts) + "\n"


def _cut(section: Section, limit_bytes: int) -> str:
    left = limit_bytes - _size("\n".join(section.head)) - _NOTE_BYTES
    shown: list[str] = []
    for item in section.items:
        left -= _size(item)
        if left < 0:
            break
        shown.append(item)
    return "\n".join([*section.head, *shown, *_rest(len(section.items) - len(shown)), ""])


def _rest(count: int) -> Sequence[str]:
    return ["", f"{count} more are not shown: a summary has at most 1 MiB."] if count else []


def _size(text: str) -> int:
    return len(text.encode()) + 1
