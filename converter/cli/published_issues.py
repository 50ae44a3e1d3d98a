"""The part of `verify --published` that keeps an issue for each fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.canonical import JsonObject
from converter.cli.output import say
from converter.registry import printable

if TYPE_CHECKING:
    from converter.audit import Audited
    from converter.github import GitHub
    from converter.tickets import Filed


def keep_issues(found: list[Audited], hub: str, github: GitHub, *, links: bool, as_json: bool) -> list[Filed]:
    """Bring the issues to what was found, a line a step; the steps.

    Raises:
        GitHubError: GitHub refuses something or does not answer.
    """
    from converter.github import Issues
    from converter.tickets import Audit, file

    filed = []
    for each in file(Audit(hub, tuple(found), links), Issues(github)):
        filed.append(each)
        if not as_json:
            say(printable(_line(each)))
    return filed


def steps_as_json(filed: list[Filed]) -> list[JsonObject]:
    """The steps for scripts; of those that were held back, their number."""
    from converter.tickets import Held

    return [
        {"step": "held", "count": each.step.count}
        if isinstance(each.step, Held)
        else {"step": _DEEDS[type(each.step).__name__], "issue": each.number}
        for each in filed
    ]


_DEEDS = {"Open": "opened", "Update": "changed", "Reopen": "reopened", "Close": "closed", "Merge": "merged"}


def _line(filed: Filed) -> str:
    from converter.tickets import Held, Open, Reopen, Update

    match filed.step:
        case Held(count):
            return f"{count} more faults have no issue yet: one run opens at most so many, the next goes on"
        case Open(ticket) | Update(_, ticket) | Reopen(_, ticket):
            return (
                f"{_DEEDS[type(filed.step).__name__]} issue {filed.number}: {ticket.fault.release}: {ticket.fault.kind}"
            )
        case step:
            return f"{_DEEDS[type(step).__name__]} issue {filed.number}"
