"""Answers from a loopback GitHub, a loopback Hub and a real git checkout."""

import subprocess
from pathlib import Path

import pytest

from converter.doctor import Asking, Silent, Surroundings, Told, Untold, ask
from converter.doctor.answers import Absent
from converter.doctor.asking_hub import writer_of
from converter.github import AnyBranch, Environment, GitHubAccess, NamedBranches, ProtectedBranches, Runner
from converter.sources import HubAccess
from tests.support.loopback_github import ADMIN_TOKEN, PLAIN_TOKEN, REPOSITORY, LoopbackGitHub
from tests.support.loopback_hub import LoopbackHub
from tests.support.registries import write_registry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_registry(tmp_path, {"name": "alpha", "source": "org/alpha", "license": "mit"})
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "remote", "add", "origin", f"https://github.com/{REPOSITORY}.git"], cwd=tmp_path, check=True)
    return tmp_path


def asked(
    root: Path,
    endpoint: str,
    token: str | None = ADMIN_TOKEN,
    *,
    hub: str | None = None,
    access: HubAccess | None = None,
) -> Surroundings:
    github = GitHubAccess(endpoint, token, attempts=1, timeout_s=5)
    return ask(
        Asking(
            root,
            root / "registry/extras.json",
            hub,
            None,
            "https://github.com",
            github,
            access or HubAccess(),
            "https://hf",
        )
    )


def test_a_fresh_repository_has_nothing_set(root: Path, loopback_github: LoopbackGitHub) -> None:
    found = asked(root, loopback_github.endpoint)
    assert str(found.repository) == REPOSITORY
    assert found.github is not None
    assert found.github.variable == Told(None)
    assert found.github.environment == Absent()
    assert found.github.required_checks == Told(frozenset())
    assert found.github.fork_approval == Told("first_time_contributors")
    assert found.github.runners == Told(())
    assert found.github.has_label == Told(False)
    assert found.hub_answers is None


def test_what_is_set_is_told_to_an_administrator(root: Path, loopback_github: LoopbackGitHub) -> None:
    state = loopback_github.state
    state.page_size = 1  # so that every listing has pages
    state.variables = {"A": "1", "ONNX_REGISTRY_HUB": "hf:acme/zoo"}
    state.environments["release"] = {
        "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True},
        "protection_rules": [{"type": "branch_policy"}, {"type": "required_reviewers", "reviewers": [{}, {}]}],
    }
    state.branch_policies = ["main", "v*"]
    state.rules = [
        {"type": "deletion"},
        {"type": "required_status_checks", "parameters": {"required_status_checks": [{"context": "gate"}]}},
    ]
    state.protection = {"required_status_checks": {"checks": [{"context": "old"}]}}
    state.approval_policy = "all_external_contributors"
    state.runners = [
        {"status": "offline", "labels": [{"name": "self-hosted"}]},
        {"status": "online", "labels": [{"name": "GPU"}]},
    ]
    state.workflows = {"a": "active", "b": "disabled_manually"}
    state.codeowner_errors = [{"kind": "Unknown owner", "source": "* @jnae\n"}]
    state.labels = {"request"}

    said = asked(root, loopback_github.endpoint).github

    assert said is not None
    assert said.variable == Told("hf:acme/zoo")
    assert said.environment == Told(Environment(NamedBranches(("main", "v*")), 2))
    assert said.required_checks == Told(frozenset({"gate", "old"}))
    assert said.fork_approval == Told("all_external_contributors")
    assert said.runners == Told(
        (Runner(frozenset({"self-hosted"}), is_online=False), Runner(frozenset({"gpu"}), is_online=True))
    )
    assert said.workflows == Told({"a": "active", "b": "disabled_manually"})
    assert said.codeowner_errors == Told(("Unknown owner: * @jnae",))
    assert said.has_label == Told(True)


@pytest.mark.parametrize(
    ("policy", "deployers"),
    [
        (None, AnyBranch()),
        ({"protected_branches": True, "custom_branch_policies": False}, ProtectedBranches()),
    ],
)
def test_an_environment_without_named_branches(
    root: Path, loopback_github: LoopbackGitHub, policy: object, deployers: object
) -> None:
    loopback_github.state.environments["release"] = {"deployment_branch_policy": policy, "protection_rules": []}
    said = asked(root, loopback_github.endpoint).github
    assert said is not None
    assert isinstance(said.environment, Told)
    assert said.environment.value.deployers == deployers


def test_the_variable_of_an_organisation_counts_unless_the_repository_has_its_own(
    root: Path, loopback_github: LoopbackGitHub
) -> None:
    loopback_github.state.organization_variables = {"ONNX_REGISTRY_HUB": "hf:acme/theirs"}
    one = asked(root, loopback_github.endpoint).github
    loopback_github.state.variables = {"ONNX_REGISTRY_HUB": "hf:acme/ours"}
    two = asked(root, loopback_github.endpoint).github
    assert one is not None
    assert two is not None
    assert (one.variable, two.variable) == (Told("hf:acme/theirs"), Told("hf:acme/ours"))


@pytest.mark.parametrize("token", [None, PLAIN_TOKEN])
def test_who_is_no_administrator_is_told_what_is_public(
    root: Path, loopback_github: LoopbackGitHub, token: str | None
) -> None:
    said = asked(root, loopback_github.endpoint, token).github
    assert said is not None
    assert isinstance(said.variable, Untold)
    assert isinstance(said.fork_approval, Untold)
    assert "Administration: read" in said.fork_approval.why
    assert isinstance(said.runners, Untold)
    assert isinstance(said.required_checks, Told)
    assert isinstance(said.environment, Absent)


def test_a_github_that_does_not_answer_is_asked_once(root: Path) -> None:
    said = asked(root, "http://127.0.0.1:9").github
    assert said is not None
    assert isinstance(said.repository, Silent)
    assert said.runners == said.repository


def test_a_repository_that_is_hidden_is_asked_nothing_more(root: Path, loopback_github: LoopbackGitHub) -> None:
    subprocess.run(["git", "remote", "set-url", "origin", "git@github.com:acme/gone.git"], cwd=root, check=True)
    said = asked(root, loopback_github.endpoint).github
    assert said is not None
    assert said.repository == Absent()
    assert isinstance(said.runners, Untold)
    assert len(loopback_github.log) == 1


def test_nothing_is_written(root: Path, loopback_github: LoopbackGitHub) -> None:
    asked(root, loopback_github.endpoint)
    assert {request.method for request in loopback_github.log} == {"GET"}


def test_the_hub_tells_whether_the_repository_is_there_and_whose_the_token_is(
    root: Path, loopback_github: LoopbackGitHub, loopback_hub: LoopbackHub
) -> None:
    loopback_hub.seed_repo("acme/zoo", {"README.md": b"# zoo"})
    access = HubAccess(loopback_hub.endpoint, loopback_hub.token)
    there = asked(root, loopback_github.endpoint, hub="hf:acme/zoo", access=access).hub_answers
    gone = asked(root, loopback_github.endpoint, hub="hf:acme/other", access=access).hub_answers
    assert there is not None
    assert gone is not None
    assert there.main == Told(loopback_hub.repo("acme/zoo").branches["main"])
    assert gone.main == Absent()
    assert isinstance(there.writer, Told)
    assert (there.writer.value.name, there.writer.value.role) == ("tester", "write")
    assert "acme" in there.writer.value.organisations


def test_a_token_that_the_hub_does_not_know_is_said_and_not_shown(
    root: Path, loopback_github: LoopbackGitHub, loopback_hub: LoopbackHub
) -> None:
    access = HubAccess(loopback_hub.endpoint, "hf_wrongtoken")
    found = asked(root, loopback_github.endpoint, hub="hf:acme/zoo", access=access).hub_answers
    assert found is not None
    assert isinstance(found.writer, Untold)
    assert "hf_wrongtoken" not in found.writer.why


def test_a_hub_that_does_not_answer_is_silent(root: Path, loopback_github: LoopbackGitHub) -> None:
    access = HubAccess("http://127.0.0.1:9", None)
    found = asked(root, loopback_github.endpoint, hub="hf:acme/zoo", access=access).hub_answers
    assert found is not None
    assert isinstance(found.main, Silent)
    assert found.writer is None


def test_a_folder_that_is_no_checkout_has_no_repository(tmp_path: Path, loopback_github: LoopbackGitHub) -> None:
    found = asked(tmp_path, loopback_github.endpoint)
    assert (found.repository, found.github, found.files.remote) == (None, None, None)
    assert "expected a registry" in found.files.registry_errors[0]


def test_files_of_the_checkout_are_found(root: Path, loopback_github: LoopbackGitHub) -> None:
    (root / ".github/workflows").mkdir(parents=True)
    (root / ".github/workflows/release.yml").write_text("on: push")
    (root / ".github/CODEOWNERS").write_text("* @jane")
    (root / "LICENSE").write_text("MIT")
    files = asked(root, loopback_github.endpoint).files
    assert files.workflows == {".github/workflows/release.yml"}
    assert (files.codeowners, files.has_licence, files.registry_errors) == ("* @jane", True, ())


def test_what_a_fine_grained_token_may_write_to_is_what_its_scopes_say() -> None:
    def scope(kind: str, name: str, *permissions: str) -> dict[str, object]:
        return {"entity": {"type": kind, "name": name}, "permissions": list(permissions)}

    scoped = [scope("model", "acme/zoo", "repo.write"), scope("org", "other", "repo.content.read")]
    token = {"role": "fineGrained", "fineGrained": {"scoped": scoped}}
    said = {"name": "jane", "orgs": [{"name": "acme"}], "auth": {"accessToken": token}}
    writer = writer_of(said)
    assert (writer.role, writer.writable, writer.organisations) == ("fineGrained", {"acme/zoo"}, {"acme"})
    assert writer_of({}).role == ""
