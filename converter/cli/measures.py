"""Sizes and ages as people write them after an option: 500M, 2G, 30d."""

import re

import typer

_BYTES = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SECONDS = {"m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def size_bytes(text: str, option: str, example: str) -> int:
    """What `500M` or `2G` after `option` means.

    Raises:
        BadParameter: it is no size; `example` is what to write.
    """
    return int(_measured(text, _BYTES, option, example))


def age_s(text: str, option: str, example: str) -> int:
    """What `12h` or `30d` after `option` means.

    Raises:
        BadParameter: it is no age; `example` is what to write.
    """
    return int(_measured(text, _SECONDS, option, example))


def _measured(text: str, units: dict[str, int], option: str, example: str) -> float:
    match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?) ?([A-Za-z]?)B?", text)
    unit = match and next((value for name, value in units.items() if name.lower() == match[2].lower()), None)
    if match is None or unit is None:
        raise typer.BadParameter(f"found {text!r} after {option}, expected a number and a unit; write {example}")
    return float(match[1]) * unit
