"""The body of an issue, made by GitHub from the form, as answers: `### Label`, an empty line, and what was written."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from converter.request.form import FIELDS, FieldKind, FormField
from converter.request.mistakes import Mistake

MAX_CHARACTERS = 65_536
"""GitHub's own limit of an issue's body."""
_HEADING = re.compile(r"### (.{1,100}?)[ \t]*")
_CHECKED = re.compile(r"^- \[[xX]\] ", re.MULTILINE)
_NO_RESPONSE = "_No response_"


@dataclass(frozen=True)
class Answers:
    """What somebody wrote into the form."""

    by_key: Mapping[str, str]
    """Of each field that was answered, without the white space around it."""
    mistakes: tuple[Mistake, ...]


def read_answers(body: str) -> Answers:
    """The answers in the body of an issue; a heading that the form does not have belongs to the answer above it."""
    if len(body) > MAX_CHARACTERS:
        message = f"found {len(body):,} characters, expected at most {MAX_CHARACTERS:,}; shorten it"
        return Answers({}, (Mistake("", message),))
    parts = list(_parts(body.replace("\r\n", "\n").replace("\r", "\n")))
    counts = Counter(field.key for field, _ in parts)
    answers = {field.key: answer for field, text in parts if (answer := _answer(field, text))}
    return Answers(answers, tuple(_mistakes(counts, answers)))


def _parts(body: str) -> Iterator[tuple[FormField, str]]:
    by_label = {field.label: field for field in FIELDS}
    field, lines = None, list[str]()
    for line in body.split("\n"):
        heading = _HEADING.fullmatch(line)
        if heading is not None and heading[1] in by_label:
            if field is not None:
                yield field, "\n".join(lines)
            field, lines = by_label[heading[1]], []
        else:
            lines.append(line)
    if field is not None:
        yield field, "\n".join(lines)


def _answer(field: FormField, text: str) -> str:
    answer = text.strip()
    # A drop-down list that may be left alone has "None" as its first item.
    nothing = (_NO_RESPONSE, "None") if field.kind is FieldKind.DROPDOWN else (_NO_RESPONSE,)
    return "" if answer in nothing else answer


def _mistakes(counts: Mapping[str, int], answers: Mapping[str, str]) -> Iterator[Mistake]:
    for field in FIELDS:
        answer = answers.get(field.key, "")
        if counts.get(field.key, 0) > 1:
            # Whoever reads only the last of two would be shown another request than the one that is made an entry.
            yield Mistake(
                field.label, f"found {counts[field.key]} times, expected once; do not write it into an answer"
            )
        elif field.required and not answer:
            yield Mistake(field.label, f"found nothing, expected an answer; {_advice(field)}")
        elif field.kind is FieldKind.CHECKBOXES and len(_CHECKED.findall(answer)) < len(field.options):
            yield Mistake(field.label, "found a box that is not ticked, expected all; tick it if it is true")
        elif field.kind is FieldKind.INPUT and "\n" in answer:
            yield Mistake(field.label, f"found {answer.count(chr(10)) + 1} lines, expected one; remove the others")
        elif field.kind is FieldKind.DROPDOWN and answer and answer not in field.options:
            yield Mistake(
                field.label, f"found {answer[:60]!r}, expected one of: {', '.join(field.options)}; choose one"
            )


def _advice(field: FormField) -> str:
    return f"write it, such as {field.placeholder}" if field.placeholder else "choose one"
