"""What must hold of every workflow, whoever changes it: the threats that are answered by how the files are written."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

_FOLDER = Path(__file__).parents[1] / ".github/workflows"
_FILES = sorted(_FOLDER.glob("*.yml"))
_PINNED = re.compile(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def _read(path: Path) -> Mapping[str, Any]:
    # YAML 1.1 takes the key `on` for true.
    raw = yaml.safe_load(path.read_text())
    return {("on" if key is True else key): value for key, value in raw.items()}


def _steps(workflow: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, job in workflow["jobs"].items():
        for step in job["steps"]:
            yield name, step


def _triggers(workflow: Mapping[str, Any]) -> set[str]:
    return set(workflow["on"]) if not isinstance(workflow["on"], str) else {workflow["on"]}


@pytest.fixture(params=_FILES, ids=lambda path: path.name)
def file(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def test_there_are_the_workflows_that_the_readme_names() -> None:
    assert {path.stem for path in _FILES} == {"ci", "release", "request", "validate", "verify-published"}


def test_none_runs_with_rights_on_what_a_stranger_wrote(file: Path) -> None:
    assert _triggers(_read(file)).isdisjoint({"pull_request_target", "workflow_run", "issue_comment"})


def test_a_pull_request_has_no_secret_no_identity_and_no_machine_of_ours(file: Path) -> None:
    workflow = _read(file)
    if _triggers(workflow).isdisjoint({"pull_request", "merge_group"}):
        return
    assert "secrets." not in file.read_text()
    for job in workflow["jobs"].values():
        assert job["runs-on"] == "ubuntu-24.04"
        assert set(job["permissions"].values()) <= {"read"}


def test_only_the_release_reaches_our_machines_and_the_hub(file: Path) -> None:
    text = file.read_text()
    if file.stem != "release":
        assert "self-hosted" not in text
        assert "id-token" not in text
        assert "secrets." not in text
        assert "environment:" not in text


def test_nothing_is_allowed_that_a_job_does_not_ask_for_and_every_job_ends(file: Path) -> None:
    workflow = _read(file)
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert "permissions" in job
        assert "timeout-minutes" in job


def test_a_script_is_one_call_and_no_expression_is_put_into_it(file: Path) -> None:
    for _, step in _steps(_read(file)):
        if "run" in step:
            assert "${{" not in step["run"]
            assert len(step["run"].strip().splitlines()) == 1


def test_every_action_is_pinned_to_a_commit_beside_its_version(file: Path) -> None:
    uses = re.findall(r"uses: (.*)", file.read_text())
    assert all(_PINNED.fullmatch(each) for each in uses), uses


def test_no_checkout_leaves_a_token_behind(file: Path) -> None:
    for _, step in _steps(_read(file)):
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_a_fork_has_nothing_to_do_on_a_schedule_or_a_push(file: Path) -> None:
    workflow = _read(file)
    if "schedule" in _triggers(workflow):
        first = next(iter(workflow["jobs"].values()))
        assert "vars.ONNX_REGISTRY_HUB != ''" in first["if"]
        assert "github.ref == 'refs/heads/main'" in first["if"]


def test_a_token_is_only_where_something_is_fetched_or_published() -> None:
    workflow = _read(_FOLDER / "release.yml")
    holders = {(job, step["name"]) for job, step in _steps(workflow) if "secrets." in str(step.get("env", ""))}
    assert holders == {("convert", "Fetch"), ("convert", "Verify and publish"), ("catalogue", "Write the catalogue")}
    assert "secrets." not in str(workflow.get("env", ""))
    assert all("secrets." not in str(job.get("env", "")) for job in workflow["jobs"].values())


def test_what_is_published_is_built_from_no_cache() -> None:
    text = (_FOLDER / "release.yml").read_text()
    assert "cache:" not in text
    assert "actions/cache" not in text


def test_strangers_weights_are_converted_without_credentials() -> None:
    steps = [step for job, step in _steps(_read(_FOLDER / "release.yml")) if job == "convert" and "run" in step]
    converting = [step for step in steps if " convert " in step["run"]]
    assert [("--fetched" in step["run"], "--isolated" in step["run"]) for step in converting] == [(True, True)]
