"""`entry --from-event --post` through the real command line: one comment, and not a word of a stranger's printed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.hostile_text import HOSTILE, require_tame
from tests.support.issue_bodies import GOOD, body_of
from tests.support.loopback_github import BOT_TOKEN, LoopbackGitHub, StoredIssue, environment_of
from tests.support.registries import write_registry


@pytest.fixture
def github() -> Iterator[LoopbackGitHub]:
    with LoopbackGitHub() as found:
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_registry(tmp_path, {"name": "alpha", "source": "org/alpha", "license": "mit"})
    return tmp_path


def request(github: LoopbackGitHub, answers: Mapping[str, str], *labels: str) -> StoredIssue:
    return github.state.add_issue("stranger", "Request: x", body_of(answers), *(labels or ("request",)))


def event_of(issue: StoredIssue, **more: object) -> dict[str, object]:
    labels = [{"name": label} for label in issue.labels]
    return {"action": "opened", "issue": {"number": issue.number, "body": issue.body, "labels": labels, **more}}


def ran(root: Path, github: LoopbackGitHub, event: object, *arguments: str, token: str | None = BOT_TOKEN) -> Ran:
    (root / "event.json").write_text(json.dumps(event), "utf-8")
    variables = environment_of(github, token)
    return run("entry", "--from-event", "event.json", *arguments, cwd=root, variables=variables)


def test_a_request_is_answered_below_it(root: Path, github: LoopbackGitHub) -> None:
    issue = request(github, GOOD)
    found = ran(root, github, event_of(issue), "--post")
    assert (found.code, found.out, found.err) == (0, "issue 1: answered\n", "")
    (comment,) = issue.comments
    assert comment.author == "github-actions[bot]"
    assert '```json\n{\n  "name": "gamma",' in comment.body


def test_the_answer_to_an_edited_request_is_the_same_comment(root: Path, github: LoopbackGitHub) -> None:
    issue = request(github, {**GOOD, "name": "alpha"})
    refused = ran(root, github, event_of(issue), "--post")
    assert (refused.code, refused.out) == (0, "issue 1: answered\n")
    assert "which is in the registry already" in issue.comments[0].body

    issue.body = body_of(GOOD)
    edited = ran(root, github, event_of(issue), "--post")
    again = ran(root, github, event_of(issue), "--post")

    assert edited.out == "issue 1: answered anew, in the same comment\n"
    assert again.out == "issue 1: the answer that is there says it\n"
    (comment,) = issue.comments
    assert "which is in the registry already" not in comment.body


def test_an_old_event_is_answered_with_what_the_issue_says_now(root: Path, github: LoopbackGitHub) -> None:
    issue = request(github, {**GOOD, "name": "alpha"})
    event = event_of(issue)
    issue.body = body_of(GOOD)
    ran(root, github, event, "--post")
    assert "This is the entry" in issue.comments[0].body


@pytest.mark.parametrize("more", [{"labels": [{"name": "bug"}]}, {"labels": None}, {"pull_request": {"url": "x"}}])
def test_an_issue_that_is_no_request_is_left_alone(root: Path, github: LoopbackGitHub, more: dict[str, object]) -> None:
    issue = request(github, GOOD)
    found = ran(root, github, event_of(issue, **more), "--post")
    assert (found.code, found.out) == (0, "")
    assert "nothing to answer" in found.err
    assert issue.comments == []
    assert len(github.log) == 0


def test_a_label_that_was_taken_off_meanwhile_is_none(root: Path, github: LoopbackGitHub) -> None:
    issue = request(github, GOOD)
    event = event_of(issue)
    issue.labels.clear()
    assert ran(root, github, event, "--post").code == 0
    assert issue.comments == []


@pytest.mark.parametrize("hostile", HOSTILE[:-2], ids=range(len(HOSTILE) - 2))
def test_nothing_of_a_hostile_request_is_printed_and_its_answer_is_tame(
    root: Path, github: LoopbackGitHub, hostile: str
) -> None:
    issue = request(github, {**GOOD, "name": hostile, "description": hostile})
    found = ran(root, github, event_of(issue), "--post")
    assert (found.code, found.out, found.err) == (0, "issue 1: answered\n", "")
    require_tame(issue.comments[0].body.split("\n", 1)[1])


def test_an_answer_that_is_too_long_for_a_comment_says_how_to_get_it(root: Path, github: LoopbackGitHub) -> None:
    # In JSON each of these characters takes twelve, so the answer is longer than any request may be.
    parts = "\n".join(f"n{number} https://example.com/{'x' * 1400}" for number in range(20))
    issue = request(github, {**GOOD, "description": "\U0001f600" * 2000, "loras": parts, "inversions": parts})
    found = ran(root, github, event_of(issue), "--post")
    assert (found.code, found.err) == (0, "")
    assert "too long for a comment" in issue.comments[0].body


def test_without_post_the_event_is_read_as_a_body_is(root: Path, github: LoopbackGitHub) -> None:
    issue = request(github, GOOD)
    found = ran(root, github, event_of(issue))
    assert (found.code, json.loads(found.out)["name"]) == (0, "gamma")
    assert "This is the entry" in ran(root, github, event_of(issue), "--reply").out
    assert len(github.log) == 0


@pytest.mark.parametrize("event", [[], {}, {"issue": {}}, {"issue": {"number": True}}, {"issue": "::error::x"}, "x"])
def test_an_event_about_something_else_is_wrong_usage_and_not_shown(
    root: Path, github: LoopbackGitHub, event: object
) -> None:
    found = ran(root, github, event, "--post")
    assert (found.code, found.out) == (2, "")
    assert "found no event about an issue" in found.err
    assert "::error" not in found.err


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{", b"[" * 100_000])
def test_a_file_that_is_no_event_is_wrong_usage(root: Path, data: bytes) -> None:
    (root / "event.json").write_bytes(data)
    found = run("entry", "--from-event", "event.json", cwd=root)
    assert (found.code, found.out) == (2, "")


def test_a_body_that_is_null_is_an_empty_request(root: Path, github: LoopbackGitHub) -> None:
    issue = github.state.add_issue("stranger", "t", None, "request")
    assert ran(root, github, event_of(issue), "--post").code == 0
    assert "This cannot be made an entry yet" in issue.comments[0].body


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--from-issue", "a", "--from-event", "b"],
        ["--from-issue", "a", "--post"],
        ["--from-event", "a", "--post", "--reply"],
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(root: Path, arguments: list[str]) -> None:
    assert run("entry", *arguments, cwd=root).code == 2


def test_without_a_token_nothing_can_be_posted(root: Path, github: LoopbackGitHub) -> None:
    found = ran(root, github, event_of(request(github, GOOD)), "--post", token=None)
    assert found.code == 2
    assert "without GITHUB_TOKEN" in found.err
