"""Which events start a workflow, and what a dispatch may enter."""

import pytest

from tests.support.fixtures_workflows import workflows
from tests.support.small_workflows import Workflows
from tests.support.workflow_runner import Event, WorkflowError

__all__ = ["workflows"]

JOBS = "jobs: {only: {runs-on: x, steps: [{run: 'echo \"${{ inputs.names }}|${{ inputs.dry-run }}\"'}]}}\n"


def conclusion(workflows: Workflows, on: str, event: Event) -> str:
    return workflows.run(f"on: {on}\n{JOBS}", event).conclusion


def pull_request(action: str = "opened", base: str = "main", paths: tuple[str, ...] = ()) -> Event:
    request = {"head": {"ref": "add", "repo": {"full_name": "someone/zoo"}}, "base": {"ref": base}}
    return Event("pull_request", {"action": action, "pull_request": request}, changed_paths=paths)


def push(ref: str, *paths: str) -> Event:
    return Event("push", github={"ref": ref}, changed_paths=paths)


@pytest.mark.parametrize(
    ("on", "event"),
    [
        ("push", push("refs/heads/any")),
        ("[push, pull_request]", pull_request()),
        ("{push: {branches: [main]}}", push("refs/heads/main")),
        ("{push: {branches: ['release/**', '!release/old']}}", push("refs/heads/release/a/b")),
        ("{push: {branches-ignore: [old]}}", push("refs/heads/main")),
        ("{push: {tags: ['v[0-9]+.*']}}", push("refs/tags/v12.3")),
        ("{push: {paths: ['registry/**']}}", push("refs/heads/main", "README.md", "registry/a/b.json")),
        ("{push: {paths-ignore: ['**/*.md']}}", push("refs/heads/main", "README.md", "a.py")),
        ("{pull_request: {branches: [main]}}", pull_request("synchronize")),
        ("{pull_request: {types: [labeled]}}", pull_request("labeled")),
        ("{issues: {types: [opened, edited]}}", Event("issues", {"action": "edited"})),
        (
            "merge_group",
            Event("merge_group", {"action": "checks_requested", "merge_group": {"base_ref": "refs/heads/main"}}),
        ),
        ("{schedule: [{cron: '7 4 * * *'}]}", Event("schedule")),
    ],
)
def test_an_event_that_passes_the_filters_starts_the_workflow(workflows: Workflows, on: str, event: Event) -> None:
    assert conclusion(workflows, on, event) == "success"


@pytest.mark.parametrize(
    ("on", "event"),
    [
        ("pull_request", push("refs/heads/main")),
        ("{push: {branches: [main]}}", push("refs/heads/mainly")),
        ("{push: {branches: ['release/**', '!release/old']}}", push("refs/heads/release/old")),
        ("{push: {branches: ['*']}}", push("refs/heads/a/b")),
        ("{push: {branches: [main]}}", push("refs/tags/main")),
        ("{push: {branches-ignore: [old]}}", push("refs/heads/old")),
        ("{push: {paths: ['registry/**']}}", push("refs/heads/main", "README.md", "a/registry/b.json")),
        ("{push: {branches: [main], paths: ['registry/**']}}", push("refs/heads/x", "registry/b.json")),
        ("{push: {paths: ['*.py', '!a.py']}}", push("refs/heads/main", "a.py")),
        ("{push: {paths-ignore: ['**/*.md']}}", push("refs/heads/main", "README.md", "a/b.md")),
        ("{push: {paths: ['**/a.md']}}", push("refs/heads/main", "b/ba.md")),
        ("pull_request", pull_request("labeled")),
        ("{pull_request: {branches: [main]}}", pull_request(base="other")),
        ("{issues: {types: [opened, edited]}}", Event("issues", {"action": "closed"})),
    ],
)
def test_an_event_that_does_not_starts_nothing_and_the_reason_is_said(
    workflows: Workflows, on: str, event: Event
) -> None:
    ran = workflows.run(f"on: {on}\n{JOBS}", event)

    assert (ran.conclusion, ran.jobs) == ("not triggered", ())
    assert ran.reason


DISPATCH = """{workflow_dispatch: {inputs: {
  names: {type: string, default: all}, dry-run: {type: boolean},
  level: {type: choice, options: [a, b], default: a}}}}"""


@pytest.mark.parametrize(("inputs", "log"), [({}, "all|false\n"), ({"names": "one", "dry-run": "true"}, "one|true\n")])
def test_a_dispatch_has_its_inputs_with_their_types(workflows: Workflows, inputs: dict[str, str], log: str) -> None:
    ran = workflows.run(f"on: {DISPATCH}\n{JOBS}", Event("workflow_dispatch", inputs=inputs))

    assert ran.job("only").log == log


@pytest.mark.parametrize(
    ("inputs", "complaint"), [({"nams": "x"}, "no input nams"), ({"level": "c"}, "c is not one of a, b")]
)
def test_a_dispatch_that_githubs_form_would_refuse_is_an_error(
    workflows: Workflows, inputs: dict[str, str], complaint: str
) -> None:
    with pytest.raises(WorkflowError, match=complaint):
        workflows.run(f"on: {DISPATCH}\n{JOBS}", Event("workflow_dispatch", inputs=inputs))


def test_a_filter_by_path_needs_the_paths(workflows: Workflows) -> None:
    with pytest.raises(WorkflowError, match="give the changed paths"):
        workflows.run(f"on: {{push: {{paths: [a]}}}}\n{JOBS}", Event("push"))
