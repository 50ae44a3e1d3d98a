"""Doing what the plan says, one issue after the other; each step may be the last one before the machine dies."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from converter.github import Draft, GitHubError, Issues, IssueState
from converter.tickets.marks import LABEL
from converter.tickets.planning import Audit, Close, Held, Merge, Open, Reopen, Step, Update, plan_tickets
from converter.tickets.wording import BACK, GONE, back_text, gone_text, merged_text, title_of

_DESCRIPTION = "A published release or a source that is not what it was"


@dataclass(frozen=True)
class Filed:
    """A step that was taken."""

    step: Step
    number: int | None
    """Of the issue; `None` if the step is about none."""


def file(audit: Audit, issues: Issues) -> Iterator[Filed]:
    """Bring the issues to what the audit found; gives each step as soon as it is taken.

    Raises:
        GitHubError: GitHub refuses something or does not answer. What was done stays, the next run goes on.
    """
    plan = plan_tickets(audit, issues.with_label(LABEL), issues.me)
    if any(isinstance(step, Open) for step in plan):
        issues.require_label(LABEL, _DESCRIPTION)
    yield from (_taken(step, issues) for step in plan)


def _taken(step: Step, issues: Issues) -> Filed:
    match step:
        case Open():
            return Filed(step, _opened(step, issues))
        case Update(number, ticket):
            issues.edit(number, body=ticket.body)
        case Reopen(number, ticket):
            _say_once(issues, number, BACK, back_text())
            issues.edit(number, body=ticket.body, state=IssueState.OPEN)
        case Close(number):
            _say_once(issues, number, GONE, gone_text())
            issues.edit(number, state=IssueState.CLOSED)
        case Merge(number, into):
            _say_once(issues, number, GONE, merged_text(into))
            issues.edit(number, state=IssueState.CLOSED)
        case Held():
            return Filed(step, None)
        case _:
            assert_never(step)
    return Filed(step, step.number)


def _opened(step: Open, issues: Issues) -> int:
    opened = issues.open(Draft(title_of(step.ticket.fault), step.ticket.body, LABEL))
    if opened.author != issues.me or LABEL not in opened.labels:
        # The next run would not know it and open another one, week after week.
        raise GitHubError(
            f"GitHub: issue {opened.number} was opened by {opened.author!r} with labels {sorted(opened.labels)}, "
            f"expected {issues.me!r} with {LABEL!r}; use the token of a workflow or of a person who may label issues"
        )
    return opened.number


def _say_once(issues: Issues, number: int, marker: str, text: str) -> None:
    """Write a comment, unless it is the last thing that we said: then a run was killed between it and the deed."""
    ours = [comment.body for comment in issues.comments(number) if comment.author == issues.me]
    said = [each for body in ours for each in (GONE, BACK) if body.startswith(each)]
    if said[-1:] != [marker]:
        issues.comment(number, text)
