"""Findings as workflow commands: what the runner reads back is what was meant, and never another command."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.registry import Finding, Severity
from converter.workflow import Annotation, Level, annotation_lines
from converter.workflow.annotations import data_text, property_text
from tests.support.hostile_text import HOSTILE

_TEXT = st.text(st.characters(blacklist_categories=["Cs"])) | st.text(st.sampled_from("%:,\r\n=#[]25ADa"))


def annotation(message: str = "wrong", level: Level = Level.ERROR, file: str = "registry/extras.json") -> Annotation:
    return Annotation(level, "Licence missing", Finding(Severity.ERROR, file, 3, 5, "$.diffusion[0]", message))


def read_by_runner(line: str) -> tuple[str, dict[str, str], str]:
    """What the runner makes of a line: command, properties and data."""
    match = re.fullmatch(r"::(\w+)(?: ([^\r\n]*?))?::([^\r\n]*)", line)
    assert match is not None
    unescaped = {}
    for pair in (match[2] or "").split(","):
        key, _, value = pair.partition("=")
        for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            value = value.replace(code, character)
        unescaped[key] = value
    data = match[3]
    for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        data = data.replace(code, character)
    return match[1], unescaped, data


def test_a_finding_is_an_annotation_on_its_line() -> None:
    (line,) = annotation_lines([annotation("100% wrong: a, b")])

    assert line == (
        "::error file=registry/extras.json,line=3,col=5,title=Licence missing::$.diffusion[0]: 100%25 wrong: a, b"
    )


@given(_TEXT)
def test_a_property_reads_back_and_ends_nowhere_else(text: str) -> None:
    command, properties, data = read_by_runner(f"::error file={property_text(text)},line=1::said")

    assert (command, properties, data) == ("error", {"file": text, "line": "1"}, "said")


@given(_TEXT)
def test_data_reads_back_on_one_line(text: str) -> None:
    assert read_by_runner(f"::error line=1::{data_text(text)}")[2] == text


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_one_line_of_the_command_that_was_meant(text: str) -> None:
    (line,) = annotation_lines([annotation(text, file=text[:1000])])

    command, properties, _ = read_by_runner(line)
    assert line.isprintable()
    assert (command, list(properties)) == ("error", ["file", "line", "col", "title"])
    assert (properties["line"], properties["col"]) == ("3", "5")
    assert len(line) < 10_000


@pytest.mark.parametrize("level", [Level.ERROR, Level.WARNING])
def test_ten_of_a_level_are_shown_and_the_others_counted(level: Level) -> None:
    lines = annotation_lines([annotation(f"number {index}", level) for index in range(13)])

    assert [line.partition(" ")[0] for line in lines] == [f"::{level}"] * 10 + ["::notice"]
    assert lines[-1] == f"::notice title=Not all is shown::3 more of level {level}; the job summary has all of them"
    assert all(f"number {index}" in line for index, line in enumerate(lines[:10]))


def test_with_the_count_there_are_at_most_ten_notices() -> None:
    lines = annotation_lines([annotation(level=Level.NOTICE) for _ in range(30)])

    assert len(lines) == 10
    assert "21 more of level notice" in lines[-1]


def test_ten_are_shown_without_a_count() -> None:
    assert len(annotation_lines([annotation() for _ in range(10)])) == 10


@given(st.lists(st.sampled_from(Level), max_size=60))
def test_the_order_stays_and_no_level_has_more_than_ten(levels: list[Level]) -> None:
    lines = annotation_lines([annotation(f"{index:03}", level) for index, level in enumerate(levels)])

    numbers = [int(match[1]) for line in lines if (match := re.search(r": (\d{3})$", line))]
    assert all(one < other for one, other in pairwise(numbers))
    assert all(sum(line.startswith(f"::{level} ") for line in lines) <= 10 for level in Level)
