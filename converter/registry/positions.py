"""Where each key and value of a JSON text stands: one linear pass over text that `json` has accepted."""

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from converter.registry.findings import Location, Path, json_path

# Possessive, so that no text makes it go back over what it has read.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],]|[^\s{}\[\],:"]++', re.DOTALL)
# The closing quote is optional here: on broken text every start would otherwise run to the end, which is quadratic.
_BRACKET = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[{}\[\]]', re.DOTALL)

_Duplicate: TypeAlias = tuple[Path, int, int]
"""Path of a key, and the offsets of its first occurrence and of a later one."""


@dataclass(slots=True)
class _Spot:
    """A list or an object while and after it is read."""

    start: int
    keys: dict[str, int] | None
    """Offset of each key; `None` for a list."""
    inside: "dict[str | int, int | _Spot]" = field(default_factory=dict)
    """What stands under each key or index: a nested spot, or the offset of a scalar."""
    current: str | int = 0
    """The key or index that is being read."""


@dataclass(frozen=True)
class Place:
    """A value of a text. Where that is is worked out when somebody asks: of ten thousand entries only findings do."""

    path: Path
    positions: "Positions" = field(compare=False, repr=False)

    @property
    def location(self) -> Location:
        """Where it begins."""
        return self.positions.value(self.path)

    def below(self, step: str | int) -> "Place":
        """What stands under one of its keys or indices."""
        return Place((*self.path, step), self.positions)


class Positions:
    """The places of one JSON text; nothing is computed until somebody asks."""

    def __init__(self, text: str) -> None:
        self._text = text

    def value(self, path: Path) -> Location:
        """Where the value at `path` begins; of its nearest container when there is none."""
        spot: int | _Spot = self._scanned[0]
        for step in path:
            if isinstance(spot, int) or step not in spot.inside:
                break
            spot = spot.inside[step]
        return self._location(spot if isinstance(spot, int) else spot.start, path)

    def key(self, path: Path) -> Location:
        """Where the key that `path` ends in begins; its value's place when it is an index."""
        spot: int | _Spot = self._scanned[0]
        for step in path[:-1]:
            if isinstance(spot, int) or step not in spot.inside:
                return self.value(path)
            spot = spot.inside[step]
        key = path[-1] if path else 0
        if isinstance(spot, int) or spot.keys is None or not isinstance(key, str) or key not in spot.keys:
            return self.value(path)
        return self._location(spot.keys[key], path)

    def span(self, path: Path) -> tuple[int, int]:
        """Offsets of the first character of the scalar at `path`, and of the one behind its last.

        Raises:
            KeyError: there is no scalar.
        """
        spot: int | _Spot = self._scanned[0]
        for step in path:
            if isinstance(spot, int):
                raise KeyError(path)
            spot = spot.inside[step]
        token = _TOKEN.match(self._text, spot) if isinstance(spot, int) else None
        if token is None:
            raise KeyError(path)
        return token.span()

    def key_offset(self, path: Path) -> int:
        """Offset of the key that `path` ends in.

        Raises:
            KeyError: there is no such key.
        """
        spot: int | _Spot = self._scanned[0]
        for step in path[:-1]:
            if isinstance(spot, int):
                raise KeyError(path)
            spot = spot.inside[step]
        if isinstance(spot, int) or spot.keys is None:
            raise KeyError(path)
        return spot.keys[str(path[-1])]

    def duplicates(self) -> Iterator[tuple[Path, Location, Location]]:
        """Every key that repeats an earlier one of its object: its path, its place, and that of the first one."""
        for path, first, again in self._scanned[1]:
            yield path, self._location(again, path), self._location(first, path)

    def offset(self, offset: int) -> Location:
        """The place of a character, with the path of the whole document."""
        return self._location(offset, ())

    def _location(self, offset: int, path: Path) -> Location:
        line = bisect_right(self._line_starts, offset)
        return Location(line, offset - self._line_starts[line - 1] + 1, json_path(path))

    @cached_property
    def _line_starts(self) -> list[int]:
        return [0, *(match.end() for match in re.finditer("\n", self._text))]

    @cached_property
    def _scanned(self) -> tuple[int | _Spot, tuple[_Duplicate, ...]]:
        return _scan(self._text)


def first_deeper_than(text: str, limit: int) -> int | None:
    """Offset of the first bracket that opens level `limit + 1`, in text that need not be JSON; `None` if none does."""
    depth = 0
    for match in _BRACKET.finditer(text):
        symbol = match.group()
        if symbol in "{[":
            depth += 1
            if depth > limit:
                return match.start()
        elif symbol in "}]":
            depth -= 1
    return None


def _scan(text: str) -> tuple[int | _Spot, tuple[_Duplicate, ...]]:
    top = _Spot(0, None)
    stack = [top]
    duplicates: list[_Duplicate] = []
    at_key = False
    for match in _TOKEN.finditer(text):
        symbol, start, spot = match.group(), match.start(), stack[-1]
        if symbol == ",":
            at_key = spot.keys is not None
            if isinstance(spot.current, int):
                spot.current += 1
        elif symbol in "}]":
            stack.pop()
            at_key = False
        elif symbol in "{[":
            nested = _Spot(start, {} if symbol == "{" else None)
            spot.inside[spot.current] = nested
            stack.append(nested)
            at_key = symbol == "{"
        elif at_key and spot.keys is not None:
            spot.current = _unescaped(symbol)
            if spot.current in spot.keys:
                path = tuple(outer.current for outer in stack[1:])
                duplicates.append((path, spot.keys[spot.current], start))
            spot.keys.setdefault(spot.current, start)
            at_key = False
        else:
            spot.inside[spot.current] = start
    return top.inside[0], tuple(duplicates)


def _unescaped(literal: str) -> str:
    return str(json.loads(literal)) if "\\" in literal else literal[1:-1]
