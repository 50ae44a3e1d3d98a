"""Which issues are opened, changed, closed and left alone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.audit import Audited, FaultKind, NoAnswer, PublishedFault, Sound
from converter.github import Issue, IssueState
from converter.release import ProblemKind
from converter.tickets import (
    LABEL,
    Audit,
    Close,
    Held,
    Merge,
    Open,
    Reopen,
    Step,
    Update,
    mark_of,
    plan_tickets,
    read_mark,
)
from converter.tickets.wording import body_of

ME = "github-actions[bot]"
HUB = "hf:org/zoo"
FAULT = PublishedFault("pico.v1", ProblemKind.MISSING, "unet/weights.pb", "missing, but listed")
LINK = PublishedFault("loose", FaultKind.LINK, "org/model", "404")
HEALTHY = Sound("nano.v1", 5, 100)


def issue_of(fault: PublishedFault, number: int = 1, state: IssueState = IssueState.OPEN) -> Issue:
    return Issue(number, body_of([fault], HUB), state, ME, frozenset({LABEL}), is_pull_request=False)


def planned(*found: Audited, issues: tuple[Issue, ...] = (), links: bool = True, most_new: int = 20) -> list[Step]:
    return plan_tickets(Audit(HUB, found, links), issues, ME, most_new)


def test_a_fault_without_an_issue_gets_one() -> None:
    (step,) = planned(FAULT, HEALTHY)
    assert isinstance(step, Open)
    assert step.ticket.fault == FAULT


def test_a_fault_that_is_said_needs_nothing() -> None:
    assert planned(FAULT, issues=(issue_of(FAULT),)) == []


def test_what_was_written_by_a_browser_is_the_same_text() -> None:
    issue = issue_of(FAULT)
    assert planned(FAULT, issues=(replace(issue, body=f"{issue.body}\n\n"),)) == []


def test_another_message_changes_the_text() -> None:
    (step,) = planned(replace(FAULT, message="other"), issues=(issue_of(FAULT, 7),))
    assert isinstance(step, Update)
    assert step.number == 7
    assert "other" in step.ticket.body


def test_a_closed_issue_whose_fault_is_there_is_opened_again_with_what_is_found_now() -> None:
    (step,) = planned(replace(FAULT, message="other"), issues=(issue_of(FAULT, 7, IssueState.CLOSED),))
    assert isinstance(step, Reopen)
    assert "other" in step.ticket.body


def test_an_issue_whose_fault_is_gone_is_closed_and_a_closed_one_is_left() -> None:
    assert planned(HEALTHY, issues=(issue_of(FAULT, 7),)) == [Close(7)]
    assert planned(HEALTHY, issues=(issue_of(FAULT, 7, IssueState.CLOSED),)) == []


def test_a_release_that_does_not_answer_keeps_its_issues() -> None:
    assert planned(NoAnswer("pico.v1", "no answer"), HEALTHY, issues=(issue_of(FAULT),)) == []
    assert planned(NoAnswer("loose", "no answer"), HEALTHY, issues=(issue_of(LINK),)) == []
    assert planned(NoAnswer("nano.v1", "no answer"), Sound("pico.v1", 1, 1), issues=(issue_of(FAULT, 7),)) == [Close(7)]


def test_faults_of_sources_stay_when_nobody_looked_at_sources() -> None:
    assert planned(HEALTHY, issues=(issue_of(LINK),), links=False) == []
    assert planned(HEALTHY, issues=(issue_of(LINK, 7),)) == [Close(7)]


@pytest.mark.parametrize("found", [(), (LINK,), (NoAnswer("x.v1", "no"),)])
def test_a_hub_that_shows_no_release_closes_nothing(found: tuple[Audited, ...]) -> None:
    steps = planned(*found, issues=(issue_of(FAULT),))
    assert not any(isinstance(step, Close) for step in steps)


@pytest.mark.parametrize(
    "disguise",
    [
        {"author": "mallory"},
        {"labels": frozenset({"bug"})},
        {"body": f"> quoted\n{body_of([FAULT], HUB)}"},
    ],
)
def test_an_issue_that_is_not_ours_is_neither_trusted_nor_touched(disguise: dict[str, object]) -> None:
    other = replace(issue_of(FAULT), **disguise)  # type: ignore[arg-type]
    assert isinstance(planned(FAULT, issues=(other,))[0], Open)
    assert planned(HEALTHY, issues=(other,)) == []


def test_two_issues_about_one_fault_become_the_older_one() -> None:
    assert planned(FAULT, issues=(issue_of(FAULT, 3), issue_of(FAULT, 5))) == [Merge(5, 3)]


def test_faults_with_one_key_are_one_issue_that_says_both() -> None:
    (step,) = planned(FAULT, replace(FAULT, message="and more"))
    assert isinstance(step, Open)
    assert "missing, but listed\nand more" in step.ticket.body


def test_so_many_are_opened_and_the_others_are_counted() -> None:
    faults = [replace(FAULT, release=f"n{number}.v1") for number in range(7)]
    steps = planned(*faults, most_new=5)
    assert [type(step) for step in steps] == [Open] * 5 + [Held]
    assert steps[-1] == Held(2)


def test_a_limit_holds_back_no_change_and_no_closing() -> None:
    steps = planned(FAULT, LINK, HEALTHY, issues=(issue_of(replace(FAULT, path="x"), 9),), most_new=0)
    assert steps == [Close(9), Held(2)]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(list(ProblemKind)), st.text(max_size=5))))
def test_after_the_plan_was_carried_out_there_is_nothing_to_do(faults: list[tuple[str, ProblemKind, str]]) -> None:
    found = [PublishedFault(f"{name}.v1", kind, path, "m") for name, kind, path in faults]
    steps = planned(*found, most_new=1000)
    opened = [step.ticket for step in steps if isinstance(step, Open)]
    issues = tuple(replace(issue_of(FAULT, n), body=each.body) for n, each in enumerate(opened, 1))
    assert planned(*found, issues=issues) == []
    assert planned(*reversed(found), issues=issues) == [] or len({mark_of(each) for each in found}) < len(found)


def test_a_mark_is_read_back_and_only_from_the_beginning() -> None:
    mark = mark_of(FAULT)
    assert read_mark(f"{mark}text") == mark
    assert read_mark(f" {mark}") is None
    assert read_mark("") is None
