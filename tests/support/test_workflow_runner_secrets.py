"""Who gets secrets and tokens, and what is hidden of them."""

import pytest

from tests.support.fixtures_workflows import workflows
from tests.support.small_workflows import PUSH, Workflows
from tests.support.workflow_runner import Annotation, Event, Settings

__all__ = ["workflows"]

ISSUER = {"url": "http://127.0.0.1:1/token?a=b", "token": "request-token"}
IDENTITY = {"ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"}
SHOW = "steps: [{run: 'echo \"[$IT]\"', env: {IT: '${{ secrets.IT }}'}}]"


def test_a_secret_is_hidden_in_the_log_line_by_line_and_never_becomes_an_output(workflows: Workflows) -> None:
    settings = Settings(secrets={"IT": "first line\nsecond line"})
    steps = """
        - id: it
          env: {IT: '${{ secrets.IT }}'}
          run: |
            echo "$IT and $OTHER"
            echo "it=no second line" >> "$GITHUB_OUTPUT"
        """

    ran = workflows.run_steps(steps, settings=settings, environment={"OTHER": "other"})

    job = ran.job("only")
    assert job.log == "***\n*** and other\n"
    assert job.outputs == {}
    assert job.annotations == (Annotation("warning", "Skip output 'it' since it may contain secret."),)


def test_only_the_steps_that_ask_for_a_secret_have_it_in_their_environment(workflows: Workflows) -> None:
    ran = workflows.run_steps(
        "- {run: ':', env: {IT: '${{ secrets.IT }}'}}\n- {run: ':'}\n", settings=Settings(secrets={"IT": "s"})
    )

    assert ["IT" in step.environment_names for step in ran.job("only").steps] == [True, False]
    assert "GITHUB_TOKEN" not in ran.job("only").steps[0].environment_names


def test_the_secrets_of_an_environment_belong_to_the_jobs_that_name_it(workflows: Workflows) -> None:
    environments = {"release": {"secrets": {"IT": "x1"}, "variables": {"WHERE": "hub"}}}

    ran = workflows.run(
        f"""\
jobs:
  without: {{runs-on: x, {SHOW}}}
  with: {{runs-on: x, environment: release, {SHOW.replace("IT]", "IT] ${{ vars.WHERE }}")}}}
""",
        settings=Settings(environments=environments),
    )

    assert ran.job("without").log == "[]\n"
    assert ran.job("with").log == "[***] hub\n"


def test_only_jobs_with_the_permission_can_ask_for_an_identity_token(workflows: Workflows) -> None:
    ran = workflows.run(
        """\
permissions: {}
jobs:
  plain: {runs-on: x, steps: [{run: 'env'}]}
  reader: {runs-on: x, permissions: {id-token: none, contents: read}, steps: [{run: 'env'}]}
  publisher:
    runs-on: x
    permissions: {id-token: write}
    steps: [{run: 'echo "$ACTIONS_ID_TOKEN_REQUEST_URL $ACTIONS_ID_TOKEN_REQUEST_TOKEN"'}, {run: ':'}]
""",
        issuer=ISSUER,
    )

    having = {job.id for job in ran.jobs for step in job.steps if IDENTITY & step.environment_names}
    assert having == {"publisher"}
    assert all(step.environment_names >= IDENTITY for step in ran.job("publisher").steps)
    assert ran.job("publisher").log == f"{ISSUER['url']} ***\n"


@pytest.mark.parametrize(
    ("head", "shown", "level"), [("fork/zoo", "[]\n", "read"), ("someone/zoo", "[***]\n", "write")]
)
def test_a_pull_request_from_a_fork_gets_no_secret_and_no_token(
    workflows: Workflows, head: str, shown: str, level: str
) -> None:
    request = {"head": {"ref": "add", "repo": {"full_name": head}}, "base": {"ref": "main"}}
    event = Event("pull_request", {"action": "opened", "pull_request": request})
    text = f"on: pull_request\npermissions: write-all\njobs: {{only: {{runs-on: x, {SHOW}}}}}\n"

    ran = workflows.run(text, event, Settings(secrets={"IT": "x1"}), issuer=ISSUER)

    assert ran.job("only").log == shown
    assert ran.job("only").permissions == {"*": level}
    assert (ran.job("only").steps[0].environment_names >= IDENTITY) is (level == "write")


def test_a_step_sees_what_a_runner_sets_and_nothing_of_this_machine(
    workflows: Workflows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OF_THIS_MACHINE", "1")

    ran = workflows.run_steps('- run: echo "$GITHUB_REPOSITORY $GITHUB_REF_NAME $GITHUB_WORKFLOW_REF $CI"', event=PUSH)

    step = ran.job("only").steps[0]
    assert step.log == "someone/zoo main someone/zoo/.github/workflows/some.yml@refs/heads/main true\n"
    unexpected = {n for n in step.environment_names if not n.startswith(("GITHUB_", "RUNNER_"))}
    assert unexpected == {"CI", "HOME", "PATH"}
