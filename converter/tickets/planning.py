"""What an audit found against the issues that there are: what to open, change, close. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from converter.audit import Audited, FaultKind, NoAnswer, PublishedFault
from converter.github import Issue, IssueState
from converter.tickets.marks import LABEL, Mark, digest, mark_of, read_mark
from converter.tickets.wording import body_of

MOST_NEW = 20
"""Issues that one run opens: a hub that is broken as a whole is one thing to see to, not a thousand."""


@dataclass(frozen=True)
class Audit:
    """An audit of a whole hub."""

    hub: str
    found: tuple[Audited, ...]
    with_links: bool
    """Whether sources were looked at; faults of them that nobody looked for are not gone."""


@dataclass(frozen=True)
class Ticket:
    """A fault, and what its issue must say."""

    fault: PublishedFault
    body: str


@dataclass(frozen=True)
class Open:
    """A fault that has no issue."""

    ticket: Ticket


@dataclass(frozen=True)
class Update:
    """An issue that says something else of its fault than was found now."""

    number: int
    ticket: Ticket


@dataclass(frozen=True)
class Reopen:
    """A closed issue whose fault is there."""

    number: int
    ticket: Ticket


@dataclass(frozen=True)
class Close:
    """An issue whose fault is gone."""

    number: int


@dataclass(frozen=True)
class Merge:
    """A second issue about the same fault, from two runs at once."""

    number: int
    into: int


@dataclass(frozen=True)
class Held:
    """Faults that would have had an issue, had there not been so many."""

    count: int


Step: TypeAlias = Open | Update | Reopen | Close | Merge | Held


def plan_tickets(audit: Audit, issues: Iterable[Issue], me: str, most_new: int = MOST_NEW) -> list[Step]:
    """What to do so that there is one open issue for each fault, and no other.

    An issue stays open where nobody knows: its release was not reachable, sources were not looked at, or the hub shows
    no release at all, which is what the name of another hub looks like.

    Args:
        audit: what was found now.
        issues: those with our label, the oldest first.
        me: the login that we write under; the issues of others are left alone, whatever they say.
        most_new: issues that may be opened.
    """
    ours, doubles = _by_mark(issues, me)
    tickets = _tickets(audit)
    kept = [step for key, ticket in tickets.items() if key in ours for step in _kept(ours[key][1], ticket)]
    new = [Open(ticket) for key, ticket in tickets.items() if key not in ours]
    gone = [Close(issue.number) for mark, issue in ours.values() if _is_gone(mark, issue, tickets, audit)]
    held = [Held(len(new) - most_new)] if len(new) > most_new else []
    return [*doubles, *kept, *gone, *new[:most_new], *held]


def _by_mark(issues: Iterable[Issue], me: str) -> tuple[dict[str, tuple[Mark, Issue]], list[Step]]:
    """Our issues by the key of their fault, and what to do about those that are there twice."""
    ours: dict[str, tuple[Mark, Issue]] = {}
    doubles: list[Step] = []
    for issue in issues:
        mark = read_mark(issue.body)
        # A stranger's issue with a copied mark would otherwise be closed, or keep a fault from getting one.
        if mark is None or issue.author != me or LABEL not in issue.labels:
            continue
        if mark.key not in ours:
            ours[mark.key] = (mark, issue)
        elif issue.state is IssueState.OPEN:
            doubles.append(Merge(issue.number, ours[mark.key][1].number))
    return ours, doubles


def _tickets(audit: Audit) -> Mapping[str, Ticket]:
    by_key: dict[str, list[PublishedFault]] = {}
    for each in audit.found:
        if isinstance(each, PublishedFault):
            by_key.setdefault(mark_of(each).key, []).append(each)
    return {key: _ticket(faults, audit.hub) for key, faults in by_key.items()}


def _ticket(faults: Sequence[PublishedFault], hub: str) -> Ticket:
    return Ticket(faults[0], body_of(faults, hub))


def _kept(issue: Issue, ticket: Ticket) -> Iterator[Step]:
    if issue.state is IssueState.CLOSED:
        yield Reopen(issue.number, ticket)
    elif issue.body.strip() != ticket.body.strip():
        yield Update(issue.number, ticket)


def _is_gone(mark: Mark, issue: Issue, tickets: Mapping[str, Ticket], audit: Audit) -> bool:
    if mark.key in tickets or issue.state is IssueState.CLOSED:
        return False
    if mark.kind == FaultKind.LINK:
        is_known = audit.with_links
    else:
        is_known = any(not isinstance(each, NoAnswer) and not _is_link(each) for each in audit.found)
    silent = {digest(each.release) for each in audit.found if isinstance(each, NoAnswer)}
    return is_known and mark.release not in silent


def _is_link(each: Audited) -> bool:
    return isinstance(each, PublishedFault) and each.kind is FaultKind.LINK
