"""What a review finds, and what it means for the pull request."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from converter.errors import ExitCode
from converter.registry import Finding, Location, Severity


class Weight(StrEnum):
    """What a concern asks for, the gravest first."""

    FAILURE = "failure"
    """It must be corrected before a merge."""
    PERSON = "person"
    """A maintainer must decide."""
    UNREACHABLE = "unreachable"
    """A host did not answer: try again."""
    ADVICE = "advice"
    """It could be better; the merge may go on."""
    NOTICE = "notice"
    """Something that people should know."""


_EXIT_CODES = {
    Weight.FAILURE: ExitCode.FAILED,
    Weight.PERSON: ExitCode.PERSON,
    Weight.UNREACHABLE: ExitCode.UNREACHABLE,
}


@dataclass(frozen=True)
class Concern:
    """One thing that a review found, at its place in the registry as it will be after the merge."""

    weight: Weight
    title: str
    """A few words of ours, the same for each of its kind."""
    finding: Finding


def concern(weight: Weight, title: str, file: str, location: Location, message: str) -> Concern:
    """A concern about what stands at `location`."""
    severity = Severity.ERROR if weight in (Weight.FAILURE, Weight.UNREACHABLE) else Severity.WARNING
    found = Finding(severity, file, location.line, location.column, location.path, message)
    return Concern(weight, title, found)


def by_weight(concerns: Iterable[Concern]) -> tuple[Concern, ...]:
    """The same concerns, the gravest first, then by position, each once."""
    order = list(Weight)
    return tuple(
        sorted(
            dict.fromkeys(concerns),
            key=lambda each: (order.index(each.weight), each.finding.line, each.finding.column, each.finding.message),
        )
    )


def exit_code_of(concerns: Iterable[Concern]) -> ExitCode:
    """A failure counts more than a question for a person, that more than a lost connection."""
    weights = {each.weight for each in concerns}
    return next((code for weight, code in _EXIT_CODES.items() if weight in weights), ExitCode.DONE)
