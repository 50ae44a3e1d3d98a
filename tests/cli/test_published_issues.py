"""`verify --published --issues` through the real command line: one issue a fault, and nothing the second time."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.hub import open_hub, parse_hub, publish
from converter.progress import silent
from tests.support.command_line import Ran, run
from tests.support.loopback_github import BOT_TOKEN, PLAIN_TOKEN, LoopbackGitHub, environment_of
from tests.support.registries import write_registry
from tests.support.tiny_release import tiny_release


@pytest.fixture
def github() -> Iterator[LoopbackGitHub]:
    with LoopbackGitHub() as found:
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository whose hub has two releases, of which the first has lost a file."""
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    for version in (1, 2):
        publish(store, tiny_release(tmp_path / f"made{version}", "pico", version), report=silent)
    (tmp_path / "hub/pico.v1/unet/weights.pb").rename(tmp_path / "weights.pb")
    write_registry(tmp_path, {"name": "pico", "source": "./pico.safetensors", "license": "mit"})
    return tmp_path


def verified(root: Path, github: LoopbackGitHub, *arguments: str, token: str | None = BOT_TOKEN) -> Ran:
    return run("verify", "--published", "--issues", *arguments, cwd=root, variables=environment_of(github, token))


def test_a_fault_is_opened_once_and_closed_when_it_is_gone(root: Path, github: LoopbackGitHub) -> None:
    first, second = verified(root, github), verified(root, github)
    (issue,) = github.state.issues
    assert (first.code, first.out.splitlines()[-1]) == (1, "opened issue 1: pico.v1: missing")
    assert (second.code, second.out.count("issue")) == (1, 0)
    assert (issue.title, issue.labels) == ("pico.v1: missing: unet/weights.pb", ["published-fault"])

    (root / "weights.pb").rename(root / "hub/pico.v1/unet/weights.pb")
    mended = verified(root, github)

    assert (mended.code, mended.out.splitlines()[-1]) == (0, "closed issue 1")
    assert issue.state == "closed"


def test_json_has_the_steps(root: Path, github: LoopbackGitHub) -> None:
    found = json.loads(verified(root, github, "--json").out)
    assert found["issues"] == [{"step": "opened", "issue": 1}]
    assert [fault["key"] for fault in found["faults"]] == ["pico.v1:missing:unet/weights.pb"]
    assert json.loads(verified(root, github, "--json").out)["issues"] == []


def test_another_hub_without_releases_closes_nothing(root: Path, github: LoopbackGitHub) -> None:
    verified(root, github)
    ran = verified(root, github, "--hub", "file:elsewhere")
    assert (ran.code, github.state.issues[0].state) == (0, "open")


def test_a_part_of_the_releases_is_wrong_usage(root: Path, github: LoopbackGitHub) -> None:
    ran = verified(root, github, "pico.v2")
    assert (ran.code, github.state.issues) == (2, [])
    assert "issues are about all releases" in " ".join(ran.err.replace("│", "").split())


@pytest.mark.parametrize("missing", ["GITHUB_TOKEN", "GITHUB_REPOSITORY"])
def test_without_a_variable_it_is_wrong_usage_that_names_it(root: Path, github: LoopbackGitHub, missing: str) -> None:
    variables = {name: value for name, value in environment_of(github, BOT_TOKEN).items() if name != missing}
    ran = run("verify", "--published", "--issues", cwd=root, variables=variables)
    assert ran.code == 2
    assert f"without {missing}" in ran.err


def test_a_token_that_may_not_is_said_after_the_audit(root: Path, github: LoopbackGitHub) -> None:
    ran = verified(root, github, token=PLAIN_TOKEN)
    assert ran.code == 1
    assert "1 fault" in ran.out
    assert "give GITHUB_TOKEN the permission `Issues: write`" in ran.err
    assert PLAIN_TOKEN not in ran.output


def test_issues_without_published_is_wrong_usage(root: Path, github: LoopbackGitHub) -> None:
    ran = run("verify", "pico", "--issues", cwd=root, variables=environment_of(github, BOT_TOKEN))
    assert ran.code == 2
