"""`verify-published.yml` and `request.yml`, executed against a loopback GitHub."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.hub import open_hub, parse_hub, publish
from converter.progress import silent
from tests.support.issue_bodies import GOOD, body_of
from tests.support.loopback_github import BOT_TOKEN, LoopbackGitHub
from tests.support.loopback_github import REPOSITORY as GITHUB_REPOSITORY
from tests.support.loopback_hub import LoopbackHub
from tests.support.tiny_release import tiny_release
from tests.support.workflow_runner import Event, Ran
from tests.support.zoo_workflows import HUB_REPOSITORY, Zoo


@pytest.fixture
def github() -> Iterator[LoopbackGitHub]:
    with LoopbackGitHub() as found:
        yield found


@pytest.fixture
def zoo(loopback_hub: LoopbackHub, tmp_path: Path, cache: Path) -> Zoo:
    return Zoo(tmp_path / "zoo", loopback_hub, cache)


def _run(zoo: Zoo, github: LoopbackGitHub, workflow: str, event: str, payload: dict[str, object]) -> Ran:
    where = {"ref": "refs/heads/main", "api_url": github.endpoint, "repository": GITHUB_REPOSITORY}
    return zoo.run(workflow, Event(event, payload, where), token=BOT_TOKEN)


@pytest.mark.slow  # tests/cli/test_published_issues.py has it without the workflow
def test_the_weekly_audit_opens_an_issue_for_a_fault_and_closes_it_when_it_is_gone(
    zoo: Zoo, github: LoopbackGitHub, tmp_path: Path
) -> None:
    store = open_hub(parse_hub(f"hf:{HUB_REPOSITORY}"), endpoint=zoo.hub.endpoint, token=zoo.hub.token, root=None)
    publish(store, tiny_release(tmp_path / "made", "pico", 1), report=silent)
    good = zoo.hub.repo(HUB_REPOSITORY).tags["pico.v1"]
    moved = zoo.hub.seed_repo(HUB_REPOSITORY, {"unet/model.onnx": b"another graph"}, revision="pico")
    zoo.hub.repo(HUB_REPOSITORY).tags["pico.v1"] = moved

    red = _run(zoo, github, "verify-published.yml", "schedule", {"schedule": "41 4 * * 1"})

    assert red.conclusion == "failure", red.job("verify").log
    assert red.job("verify").permissions == {"contents": "read", "issues": "write"}
    states = {issue.title: issue.state for issue in github.state.issues}
    assert any("unet/model.onnx" in title for title in states)
    assert set(states.values()) == {"open"}

    zoo.hub.repo(HUB_REPOSITORY).tags["pico.v1"] = good
    green = _run(zoo, github, "verify-published.yml", "schedule", {"schedule": "41 4 * * 1"})

    assert green.conclusion == "success", green.job("verify").log
    assert {issue.state for issue in github.state.issues} == {"closed"}


def test_a_request_gets_an_answer_ready_to_paste(zoo: Zoo, github: LoopbackGitHub) -> None:
    issue = github.state.add_issue("stranger", "Request: gamma", body_of(GOOD), "request")
    payload: dict[str, object] = {
        "action": "opened",
        "issue": {"number": issue.number, "body": issue.body, "labels": [{"name": "request"}]},
    }

    ran = _run(zoo, github, "request.yml", "issues", payload)

    assert ran.conclusion == "success", ran.job("answer").log
    (comment,) = issue.comments
    assert '"name": "gamma"' in comment.body


def test_an_issue_that_is_no_request_starts_no_job(zoo: Zoo, github: LoopbackGitHub) -> None:
    issue = github.state.add_issue("stranger", "It is broken", "text")
    payload: dict[str, object] = {"action": "opened", "issue": {"number": issue.number, "body": "text", "labels": []}}
    ran = _run(zoo, github, "request.yml", "issues", payload)
    assert [job.conclusion for job in ran.jobs] == ["skipped"]
    assert issue.comments == []
