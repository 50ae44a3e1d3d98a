"""`doctor` through the real command line, against a loopback GitHub and a loopback Hub."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.doctor.github_checks import WORKFLOWS
from tests.support.command_line import Ran, run
from tests.support.loopback_github import ADMIN_TOKEN, REPOSITORY, LoopbackGitHub, environment_of
from tests.support.loopback_hub import LoopbackHub, client_environment
from tests.support.registries import write_registry


@pytest.fixture
def github() -> Iterator[LoopbackGitHub]:
    with LoopbackGitHub() as found:
        yield found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "checkout"
    write_registry(folder, {"name": "alpha", "source": "org/alpha", "license": "mit"})
    return folder


def ready(root: Path, github: LoopbackGitHub) -> None:
    """Set everything, as the README says."""
    for path in (*WORKFLOWS, "LICENSE"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("x")
    (root / ".github/CODEOWNERS").write_text("* @jane\n")
    state = github.state
    state.variables = {"ONNX_REGISTRY_HUB": "hf:acme/zoo"}
    state.environments["release"] = {"deployment_branch_policy": {"custom_branch_policies": True}}
    state.branch_policies = ["main"]
    state.protection = {"required_status_checks": {"checks": [{"context": "gate"}]}}
    state.approval_policy = "all_external_contributors"
    state.runners = [{"status": "online", "labels": [{"name": "gpu"}]}]
    state.workflows = dict.fromkeys(WORKFLOWS, "active")
    state.labels = {"request"}


def diagnosed(root: Path, variables: dict[str, str], *arguments: str) -> Ran:
    return run("doctor", *arguments, cwd=root, variables=variables)


def test_when_all_is_set_it_says_so_and_is_exit_code_0(root: Path, github: LoopbackGitHub, tmp_path: Path) -> None:
    ready(root, github)
    with LoopbackHub(tmp_path / "hub") as hub:
        hub.seed_repo("acme/zoo", {"README.md": b"# zoo"})
        ran = diagnosed(root, {**environment_of(github, ADMIN_TOKEN), **client_environment(hub, tmp_path / "home")})
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[-1] == "14 ok, 0 missing, 1 not known"
    assert [line for line in lines[:-1] if not line.startswith("ok  ")] == [
        line for line in lines if "branch main, workflow release.yml" in line
    ]
    assert all(secret not in ran.output for secret in (ADMIN_TOKEN, "hf_test"))


def test_in_a_fresh_repository_each_missing_setting_has_its_page(root: Path, github: LoopbackGitHub) -> None:
    ran = diagnosed(root, environment_of(github, ADMIN_TOKEN))
    assert (ran.code, ran.err) == (1, "")
    missing = [line.split()[1] for line in ran.out.splitlines() if line.startswith("missing  ")]
    assert missing == [
        *("variable", "environment", "required", "approval", "label", "workflows", "runner", "CODEOWNERS", "licence"),
    ]
    page = f"https://github.com/{REPOSITORY}/settings/variables/actions/new"
    assert f"it is not set; set it to hf:ORGANISATION/REPOSITORY -> {page}\n" in ran.out


def test_json_has_the_same_for_scripts(root: Path, github: LoopbackGitHub) -> None:
    ran = diagnosed(root, environment_of(github, None), "--json", "--hub", "file:hub")
    found = json.loads(ran.out)
    assert (ran.code, found["exit_code"]) == (1, 1)
    by_title = {check["check"]: check for check in found["checks"]}
    assert by_title["repository"]["verdict"] == "ok"
    assert by_title["hub"]["verdict"] == "missing"
    assert by_title["runner"]["verdict"] == "not known"
    assert "set GITHUB_TOKEN to a token with the permission `Administration: read`" in by_title["runner"]["text"]


def test_without_a_github_and_nothing_else_wrong_it_is_exit_code_4(root: Path, github: LoopbackGitHub) -> None:
    ready(root, github)
    ran = diagnosed(root, {**environment_of(github, None), "GITHUB_API_URL": "http://127.0.0.1:9"})
    assert ran.code == 4
    assert "no answer  repository" in ran.out


def test_a_hub_repository_that_nobody_sees_is_missing(root: Path, github: LoopbackGitHub, tmp_path: Path) -> None:
    ready(root, github)
    with LoopbackHub(tmp_path / "hub") as hub:
        variables = {
            **environment_of(github, ADMIN_TOKEN),
            **client_environment(hub, tmp_path / "home"),
            "HF_TOKEN": "",
        }
        ran = diagnosed(root, variables)
    assert ran.code == 1
    assert "the Hub shows no model repository acme/zoo to everybody; make it, and make it public" in ran.out


def test_what_others_wrote_cannot_begin_a_line(root: Path, github: LoopbackGitHub) -> None:
    ready(root, github)
    github.state.codeowner_errors = [{"kind": "x\n::error::y", "source": "\x1b[31m"}]
    github.state.protection = {}
    github.state.rules = [
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "a\n::add-mask::b"}]}}
    ]
    ran = diagnosed(root, environment_of(github, ADMIN_TOKEN), "--hub", "hf:acme/x\n::error::z")
    assert not any(line.startswith("::") for line in ran.output.splitlines())
    assert "\x1b" not in ran.output


def test_a_repository_that_is_no_name_of_one_is_wrong_usage(root: Path, github: LoopbackGitHub) -> None:
    ran = diagnosed(root, {**environment_of(github, None), "GITHUB_REPOSITORY": "../x"})
    assert ran.code == 2
    assert "expected OWNER/NAME" in ran.err


def test_the_git_remote_says_which_repository_it_is(root: Path, github: LoopbackGitHub) -> None:
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    subprocess.run(["git", "remote", "add", "origin", f"git@github.com:{REPOSITORY}"], cwd=root, check=True)
    variables = {name: value for name, value in environment_of(github, None).items() if name != "GITHUB_REPOSITORY"}
    assert f"{REPOSITORY}, neither a fork nor a template" in diagnosed(root, variables).out
