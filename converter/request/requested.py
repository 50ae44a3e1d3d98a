"""From the answers of the form to an entry of the registry, checked by the registry's own rules."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from converter.canonical import JsonObject, JsonValue
from converter.registry import Finding, Registry, parse_registry, printable
from converter.request.form import FIELDS, FormField, ModelKind
from converter.request.issue_body import read_answers
from converter.request.mistakes import Mistake
from converter.review import Names, is_allowed

MAX_PARTS = 20
"""LoRAs or inversions of one request."""
_LABELS = {field.key: field.label for field in FIELDS}
_PATH = re.compile(r"\$\.\w+\[0\]\.(\w+)(?:\[(\d+)\])?")
_WEIGHT = re.compile(r"-?\d{1,3}(?:\.\d{1,6})?", re.ASCII)
_PARTS = {"loras": "weight", "inversions": "token"}
"""Fields with a part a line, and what may stand at the end of one."""


@dataclass(frozen=True)
class Ready:
    """A request that can be pasted."""

    section: str
    """The list of the registry that it belongs into."""
    entry: JsonObject
    questions: tuple[str, ...]
    """What a maintainer will be asked."""


@dataclass(frozen=True)
class NotReady:
    """A request that must be corrected."""

    mistakes: tuple[Mistake, ...]


Requested: TypeAlias = Ready | NotReady


def requested(body: str, registry: Registry) -> Requested:
    """The entry that the body of an issue asks for, or everything that is wrong with it.

    Args:
        body: as GitHub makes it from the form.
        registry: that it would be added to.
    """
    answers = read_answers(body)
    if answers.mistakes:
        return NotReady(answers.mistakes)
    section = "networks" if answers.by_key["kind"] == ModelKind.CONTROL else "diffusion"
    mistakes = [*_misplaced(section, answers.by_key), *_bad_parts(answers.by_key)]
    if mistakes:
        return NotReady(tuple(mistakes))
    entry = _entry(section, answers.by_key)
    mistakes = [*_invalid(section, entry), *_taken(str(entry["name"]), registry)]
    return NotReady(tuple(mistakes)) if mistakes else Ready(section, entry, tuple(_questions(entry, registry)))


def _misplaced(section: str, answers: Mapping[str, str]) -> Iterator[Mistake]:
    for field in FIELDS:
        if section == "networks" and field.diffusion_only and field.key in answers:
            yield Mistake(field.label, f"found an answer, expected none: a {ModelKind.CONTROL} has none; remove it")


def _bad_parts(answers: Mapping[str, str]) -> Iterator[Mistake]:
    for key, last in _PARTS.items():
        lines = _lines(answers.get(key, ""))
        if len(lines) > MAX_PARTS:
            yield Mistake(_LABELS[key], f"found {len(lines)} lines, expected at most {MAX_PARTS}; remove some")
            continue
        for number, words in enumerate(lines, 1):
            if not 2 <= len(words) <= 3:
                expected = f"expected a name, a source and, if you like, a {last}"
                yield Mistake(_LABELS[key], f"line {number}: found {_count(words)}, {expected}; put spaces between")
            elif last == "weight" and len(words) == 3 and not _WEIGHT.fullmatch(words[2]):
                yield Mistake(_LABELS[key], f"line {number}: found {words[2][:60]!r}, expected a weight such as 0.8")


def _count(words: list[str]) -> str:
    return "1 word" if len(words) == 1 else f"{len(words)} words"


def _lines(answer: str) -> list[list[str]]:
    return [words for line in answer.split("\n") if (words := line.split())]


def _entry(section: str, answers: Mapping[str, str]) -> JsonObject:
    kind: JsonObject = {"type": "control"} if section == "networks" else {}
    return {**kind, **{field.key: _value(field, answers[field.key]) for field in _of_entry(answers)}}


def _of_entry(answers: Mapping[str, str]) -> Iterable[FormField]:
    return (field for field in FIELDS if field.key in answers and field.key not in ("kind", "consent"))


def _value(field: FormField, answer: str) -> JsonValue:
    if field.key not in _PARTS:
        # A paragraph is one line in the registry, whose texts have no line breaks.
        return re.sub(r"\s*\n\s*", " ", answer)
    return [_part(words, _PARTS[field.key]) for words in _lines(answer)]


def _part(words: list[str], last: str) -> JsonObject:
    rest = dict(zip((last,), words[2:], strict=False))
    return {
        "name": words[0],
        "source": words[1],
        **rest,
        **({"weight": float(rest["weight"])} if "weight" in rest else {}),
    }


def _invalid(section: str, entry: JsonObject) -> Iterator[Mistake]:
    found = parse_registry(json.dumps({section: [entry]}), "request")
    yield from (_mistake(finding) for finding in found.errors)


def _mistake(finding: Finding) -> Mistake:
    path = _PATH.match(finding.path)
    label = _LABELS.get(path[1], "") if path else ""
    line = f"line {int(path[2]) + 1}: " if path and path[2] else ""
    return Mistake(label, f"{line}{finding.message}")


def _taken(name: str, registry: Registry) -> Iterator[Mistake]:
    if any(entry.is_release and entry.name == name for entry in registry.entries):
        yield Mistake(_LABELS["name"], f"found {name!r}, which is in the registry already; choose another name")


def _questions(entry: JsonObject, registry: Registry) -> Iterator[str]:
    name, licence = str(entry["name"]), str(entry["license"])
    if like := Names(each.name for each in registry.entries if each.is_release).confusable_with(name):
        yield f"the name {name!r} can be taken for {like[0]!r}"
    if not is_allowed(licence):
        yield f"the licence {printable(licence)!r} is not on the list of those that are published unasked"
