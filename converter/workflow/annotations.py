"""Findings as the lines that GitHub turns into annotations of a file. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from converter.registry import Finding, printable

MAX_PER_LEVEL = 10
"""Of each level GitHub shows ten a step and drops the rest without a word:
https://docs.github.com/en/actions/reference/limits"""
_LONGEST_TITLE = 200
_LONGEST_MESSAGE = 2000


class Level(StrEnum):
    """How loud an annotation is, in GitHub's words."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Annotation:
    """What is to be shown at a line of a file."""

    level: Level
    title: str
    finding: Finding


def annotation_lines(annotations: Iterable[Annotation]) -> tuple[str, ...]:
    """One workflow command for each annotation, at most ten of a level, and a notice that counts the others.

    The first of each level are shown: bring them in the order of their weight.
    """
    shown: list[str] = []
    counts = dict.fromkeys(Level, 0)
    for each in annotations:
        counts[each.level] += 1
        if counts[each.level] <= _most(each.level):
            shown.append(_line(each))
    left = [f"{count - _most(level)} more of level {level}" for level, count in counts.items() if count > _most(level)]
    if left:
        shown.append(f"::notice title={property_text('Not all is shown')}::{data_text(_rest(left))}")
    return tuple(shown)


def data_text(text: str) -> str:
    """`text` as the data of a workflow command: nothing in it ends the line, so nothing begins another command.

    The rules are those of the runner: https://github.com/actions/runner/blob/v2.330.0/src/Runner.Common/ActionCommand.cs
    """
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_text(text: str) -> str:
    """`text` as the value of a property, where a comma would begin the next one and two colons the data."""
    return data_text(text).replace(":", "%3A").replace(",", "%2C")


def _most(level: Level) -> int:
    # One notice is kept for the count of what is not shown.
    return MAX_PER_LEVEL - 1 if level is Level.NOTICE else MAX_PER_LEVEL


def _line(each: Annotation) -> str:
    at = each.finding
    properties = {
        "file": printable(at.file),
        "line": str(at.line),
        "col": str(at.column),
        "title": _shown(each.title, _LONGEST_TITLE),
    }
    listed = ",".join(f"{key}={property_text(value)}" for key, value in properties.items())
    return f"::{each.level} {listed}::{data_text(_shown(f'{at.path}: {at.message}', _LONGEST_MESSAGE))}"


def _shown(text: str, longest: int) -> str:
    return printable(text if len(text) <= longest else f"{text[:longest]}…")


def _rest(left: list[str]) -> str:
    return f"{', '.join(left)}; the job summary has all of them"
