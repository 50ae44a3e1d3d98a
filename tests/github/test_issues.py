"""Issues and comments: whose they are, and the one comment that is kept."""

import pytest

from converter.github import Issues, IssueState, Kept, keep_comment
from tests.support.fixtures_github import Clients
from tests.support.loopback_github import ADMIN_TOKEN, LoopbackGitHub
from tests.support.loopback_hub import Answer, On

BOT = "github-actions[bot]"
MARKER = "<!-- ours -->"


@pytest.fixture
def issues(clients: Clients) -> Issues:
    return Issues(clients.of())


def test_the_token_of_a_workflow_is_the_bot_and_another_is_its_owner(clients: Clients) -> None:
    assert Issues(clients.of()).me == BOT
    assert Issues(clients.of(ADMIN_TOKEN)).me == "maintainer"


def test_a_listing_has_open_and_closed_issues_with_the_label_and_no_pull_requests(
    loopback_github: LoopbackGitHub, issues: Issues
) -> None:
    state = loopback_github.state
    state.add_issue("Someone", "a", "x\r\ny", "wanted")
    state.add_issue("someone", "b", None, "wanted", "more").state = "closed"
    state.add_issue("someone", "c", "", "other")
    state.add_issue("someone", "d", "", "wanted", pull_request=True)
    one, two = issues.with_label("wanted")
    assert (one.number, one.body, one.state, one.author) == (1, "x\ny", IssueState.OPEN, "someone")
    assert (two.number, two.body, two.state, two.labels) == (2, "", IssueState.CLOSED, {"wanted", "more"})


def test_closing_and_opening_again_say_why(loopback_github: LoopbackGitHub, issues: Issues) -> None:
    stored = loopback_github.state.add_issue("a", "t", "old")
    issues.edit(1, state=IssueState.CLOSED)
    assert (stored.state, stored.state_reason, stored.body) == ("closed", "completed", "old")
    issues.edit(1, body="new", state=IssueState.OPEN)
    assert (stored.state, stored.state_reason, stored.body) == ("open", "reopened", "new")


def test_a_label_is_made_once(loopback_github: LoopbackGitHub, issues: Issues) -> None:
    assert not issues.has_label("x")
    issues.require_label("x", "y")
    issues.require_label("x", "y")
    assert len(loopback_github.log.select("POST")) == 1


def test_the_comment_is_written_once_and_edited_when_its_text_changes(
    loopback_github: LoopbackGitHub, issues: Issues
) -> None:
    stored = loopback_github.state.add_issue("a", "t", "")
    did = [keep_comment(issues, 1, MARKER, text) for text in ("one\n", "one\n", "two\n")]
    assert did == [Kept.WRITTEN, Kept.UNCHANGED, Kept.EDITED]
    assert [comment.body for comment in stored.comments] == [f"{MARKER}\ntwo\n"]


def test_a_marker_that_somebody_else_wrote_is_not_ours(loopback_github: LoopbackGitHub, issues: Issues) -> None:
    stored = loopback_github.state.add_issue("a", "t", "")
    loopback_github.state.add_comment(stored, "mallory", f"{MARKER}\nmine")
    loopback_github.state.add_comment(stored, BOT, f"a quote of {MARKER}")
    assert keep_comment(issues, 1, MARKER, "two") is Kept.WRITTEN
    assert [comment.author for comment in stored.comments] == ["mallory", BOT, BOT]


def test_a_comment_whose_writing_failed_after_it_was_done_is_found_by_the_next_run(
    loopback_github: LoopbackGitHub, issues: Issues
) -> None:
    from converter.github import GitHubUnreachable

    stored = loopback_github.state.add_issue("a", "t", "")
    loopback_github.faults.arm(Answer(500), On("POST", after=True))
    with pytest.raises(GitHubUnreachable):
        keep_comment(issues, 1, MARKER, "one")
    assert keep_comment(issues, 1, MARKER, "one") is Kept.UNCHANGED
    assert len(stored.comments) == 1
