"""The order of jobs, their conditions, matrices and outputs."""

import pytest

from tests.support.fixtures_workflows import workflows
from tests.support.small_workflows import Workflows
from tests.support.workflow_runner import Job, WorkflowError

__all__ = ["workflows"]


def conclusions(ran_jobs: tuple[Job, ...]) -> dict[str, str]:
    return {job.name: job.conclusion for job in ran_jobs}


def test_a_job_runs_after_the_jobs_that_it_needs_and_reads_their_outputs(workflows: Workflows) -> None:
    ran = workflows.run("""\
jobs:
  last:
    needs: first
    runs-on: ubuntu-24.04
    steps: [{run: 'echo "got $SAID"', env: {SAID: '${{ needs.first.outputs.said }}'}}]
  first:
    runs-on: ubuntu-24.04
    outputs: {said: '${{ steps.say.outputs.word }}'}
    steps: [{id: say, run: 'echo word=hello >> "$GITHUB_OUTPUT"'}]
""")

    assert [job.id for job in ran.jobs] == ["first", "last"]
    assert ran.jobs[1].log == "got hello\n"
    assert ran.conclusion == "success"


def test_a_failed_job_skips_what_needs_it_but_not_what_always_runs(workflows: Workflows) -> None:
    ran = workflows.run("""\
jobs:
  bad: {runs-on: ubuntu-24.04, steps: [{run: exit 3}]}
  after: {needs: bad, runs-on: ubuntu-24.04, steps: [{run: ':'}]}
  cleanup: {needs: after, if: failure(), runs-on: ubuntu-24.04, steps: [{run: ':'}]}
  sorry: {needs: after, if: cancelled(), runs-on: ubuntu-24.04, steps: [{run: ':'}]}
  gate:
    needs: [bad, after]
    if: always()
    runs-on: ubuntu-24.04
    steps: [{run: 'echo "${{ needs.bad.result }} ${{ needs.after.result }}"'}]
""")

    assert conclusions(ran.jobs) == {
        "bad": "failure",
        "after": "skipped",
        "cleanup": "success",
        "sorry": "skipped",
        "gate": "success",
    }
    assert ran.job("gate").log == "failure skipped\n"
    assert ran.conclusion == "failure"


def test_a_skipped_job_far_above_skips_a_job_without_a_condition(workflows: Workflows) -> None:
    ran = workflows.run("""\
jobs:
  never: {if: false, runs-on: ubuntu-24.04, steps: [{run: ':'}]}
  between: {needs: never, if: always(), runs-on: ubuntu-24.04, steps: [{run: ':'}]}
  last: {needs: between, runs-on: ubuntu-24.04, steps: [{run: ':'}]}
""")

    assert conclusions(ran.jobs) == {"never": "skipped", "between": "success", "last": "skipped"}
    assert ran.conclusion == "success"


MATRIX = """\
jobs:
  plan:
    runs-on: ubuntu-24.04
    outputs: {{matrix: '${{{{ steps.plan.outputs.matrix }}}}'}}
    steps: [{{id: plan, run: 'echo "matrix=$MATRIX" >> "$GITHUB_OUTPUT"'}}]
  convert:
    needs: plan
    runs-on: ['${{{{ matrix.runner || ''gpu'' }}}}']
    strategy: {{fail-fast: {fail_fast}, matrix: '${{{{ fromJSON(needs.plan.outputs.matrix) }}}}'}}
    steps:
      - run: test ! -e here && touch here
      - run: test "$NAME" != bad
        env: {{NAME: '${{{{ matrix.name }}}}'}}
"""


@pytest.mark.parametrize(("fail_fast", "last"), [("false", "success"), ("true", "cancelled")])
def test_legs_come_of_an_output_each_on_a_fresh_machine(workflows: Workflows, fail_fast: str, last: str) -> None:
    matrix = '{"include": [{"name": "good", "runner": "big"}, {"name": "bad"}, {"name": "last"}]}'

    ran = workflows.run(MATRIX.format(fail_fast=fail_fast), environment={"MATRIX": matrix})

    assert [leg.conclusion for leg in ran.legs("convert")] == ["success", "failure", last]
    assert [leg.matrix["name"] for leg in ran.legs("convert") if leg.matrix] == ["good", "bad", "last"]
    assert ran.legs("convert")[0].runs_on == ("big",)
    assert ran.legs("convert")[0].name == "convert (good, big)"
    assert ran.legs("convert")[1].runs_on == ("gpu",)


def test_an_empty_matrix_fails_its_job_as_it_does_on_github(workflows: Workflows) -> None:
    ran = workflows.run(MATRIX.format(fail_fast="false"), environment={"MATRIX": '{"include": []}'})

    assert ran.job("convert").conclusion == "failure"
    assert ran.job("convert").annotations[0].message == "Matrix must define at least one vector"


def test_a_matrix_of_more_than_256_legs_fails_its_job(workflows: Workflows) -> None:
    matrix = '{"n": [' + ",".join(map(str, range(257))) + "]}"

    ran = workflows.run(MATRIX.format(fail_fast="false"), environment={"MATRIX": matrix})

    assert "has 257 jobs, at most 256 may be" in ran.job("convert").annotations[0].message


def test_a_leg_that_cannot_start_fails_alone(workflows: Workflows) -> None:
    ran = workflows.run("""\
jobs:
  two:
    runs-on: ${{ fromJSON(matrix.labels) }}
    strategy: {fail-fast: false, matrix: {labels: ['no json', '["gpu"]']}}
    steps: [{run: ':'}]
""")

    assert [leg.conclusion for leg in ran.legs("two")] == ["failure", "success"]
    assert "fromJSON(matrix.labels)" in ran.legs("two")[0].annotations[0].message


def test_include_joins_the_combinations_that_it_does_not_change_and_exclude_takes_away(workflows: Workflows) -> None:
    # The example of GitHub's reference, with one combination taken away.
    ran = workflows.run("""\
jobs:
  many:
    runs-on: ubuntu-24.04
    strategy:
      matrix:
        fruit: [apple, pear]
        animal: [cat, dog]
        exclude: [{fruit: pear, animal: dog}]
        include: [{color: green}, {color: pink, animal: cat}, {fruit: apple, shape: circle}, {fruit: banana}]
    steps: [{run: ':'}]
""")

    assert [leg.matrix for leg in ran.legs("many")] == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "banana"},
    ]


def test_what_is_a_setting_of_github_is_reported(workflows: Workflows) -> None:
    ran = workflows.run("""\
permissions: {}
concurrency: {group: 'release-${{ github.ref }}', cancel-in-progress: false, queue: max}
jobs:
  plain: {runs-on: ubuntu-24.04, steps: [{run: ':'}]}
  special:
    name: Publish
    runs-on: {group: big, labels: [self-hosted, gpu]}
    permissions: {contents: read, id-token: write}
    environment: {name: release, url: 'https://example.org'}
    concurrency: one
    strategy: {max-parallel: 2}
    steps: [{run: 'echo "$RUNNER_ENVIRONMENT"'}]
""")

    assert ran.concurrency == {"group": "release-refs/heads/main", "cancel-in-progress": False, "queue": "max"}
    assert ran.job("plain").permissions == {}
    special = ran.job("special")
    assert (special.name, special.environment, special.concurrency) == ("Publish", "release", "one")
    assert special.permissions == {"contents": "read", "id-token": "write"}
    assert special.runs_on == ("group:big", "self-hosted", "gpu")
    assert special.log == "self-hosted\n"
    assert special.strategy == {"fail-fast": True, "max-parallel": 2, "job-index": 0, "job-total": 1}


def test_the_complaints_of_githubs_parser_are_errors_with_their_places(workflows: Workflows) -> None:
    text = "jobs:\n  a: {needs: b, runs-on: x, steps: [{run: ':'}]}\n  c: {runs-on: x, stepz: []}\n"

    with pytest.raises(WorkflowError) as found:
        workflows.run(text)

    assert "some.yml (Line: 4, Col: 19): Unexpected value 'stepz'" in str(found.value)


def test_an_unknown_job_in_needs_is_an_error(workflows: Workflows) -> None:
    with pytest.raises(WorkflowError, match="depends on unknown job 'b'"):
        workflows.run(
            "jobs:\n  c: {runs-on: x, steps: [{run: ':'}]}\n  a: {needs: b, runs-on: x, steps: [{run: ':'}]}\n"
        )


def test_a_function_that_the_executor_does_not_have_is_refused(workflows: Workflows) -> None:
    with pytest.raises(WorkflowError, match=r"hashFiles.*this executor cannot read it"):
        workflows.run_steps("- run: echo ${{ hashFiles('*') }}")


@pytest.mark.parametrize(
    ("key", "value"), [("container", "ubuntu"), ("continue-on-error", "true"), ("services", "{db: {image: x}}")]
)
def test_what_the_executor_does_not_have_is_refused(workflows: Workflows, key: str, value: str) -> None:
    with pytest.raises(WorkflowError, match=rf"job a: {key}: this executor does not have it"):
        workflows.run(f"jobs:\n  a:\n    runs-on: x\n    {key}: {value}\n    steps: [{{run: ':'}}]\n")
