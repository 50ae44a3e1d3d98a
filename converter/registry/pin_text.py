"""Writing pins into the text of a registry: as few characters as possible change, and nothing of its form."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from converter.registry.errors import RegistryError
from converter.registry.parse import parse_registry
from converter.registry.pins import Pin, PlacedSource, loose_sources, pin_key, source_with
from converter.registry.positions import Positions


@dataclass(frozen=True)
class _Edit:
    begin: int
    end: int
    """The characters between the two are replaced."""
    text: str


def with_pins(text: str, file: str, pins: Mapping[PlacedSource, Pin]) -> str:
    """`text` with these pins written into it; the same text if there are none.

    A pin goes behind its source, on a line of its own if the source has one, and where a key or a source names a
    branch already, into its place. Afterwards every one of these sources is pinned, and the registry as valid as
    before.

    Raises:
        RegistryError: a source has no place for a pin, or the registry would not be valid.
    """
    positions = Positions(text)
    edits = [_edit(text, positions, placed, pin) for placed, pin in pins.items()]
    pinned = _applied(text, edits)
    _require_pinned(pinned, file, pins)
    return pinned


def _edit(text: str, positions: Positions, placed: PlacedSource, pin: Pin) -> _Edit:
    if placed.obstacle:
        raise RegistryError(f"{placed.location.path}: {placed.obstacle}")
    if (source := source_with(placed, pin)) is not None:
        return _Edit(*positions.span(placed.path), json.dumps(source))
    key, value = pin_key(pin)
    if key in placed.siblings:
        return _Edit(*positions.span((*placed.path[:-1], key)), json.dumps(value))
    end = positions.span(placed.path)[1]
    gap = _gap(text, positions.key_offset(placed.path))
    return _Edit(end, end, f",{gap}{json.dumps(key)}: {json.dumps(value)}")


def _gap(text: str, key: int) -> str:
    """What stands between two members of an object: a line break and its indentation, or a space."""
    own_line = re.search(r"(\r?\n)([ \t]*)\Z", text[:key])
    return own_line[1] + own_line[2] if own_line else " "


def _applied(text: str, edits: Iterable[_Edit]) -> str:
    for edit in sorted(edits, key=lambda edit: edit.begin, reverse=True):
        text = text[: edit.begin] + edit.text + text[edit.end :]
    return text


def _require_pinned(text: str, file: str, pins: Mapping[PlacedSource, Pin]) -> None:
    registry = parse_registry(text, file).require_valid()
    loose = {placed.path for placed in loose_sources(registry)}
    if left := [placed.location.path for placed in pins if placed.path in loose]:
        raise RegistryError(f"{file}: the pin of {left[0]} would not take effect; write it by hand")
