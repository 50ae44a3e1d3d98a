"""What a step sees, and what it leaves behind."""

import pytest

from tests.support.fixtures_workflows import workflows
from tests.support.small_workflows import Workflows
from tests.support.workflow_runner import WorkflowError

__all__ = ["workflows"]


def test_the_innermost_environment_wins_and_a_step_can_set_it_for_the_next(workflows: Workflows) -> None:
    ran = workflows.run("""\
env: {A: workflow, B: workflow, C: workflow}
jobs:
  only:
    runs-on: ubuntu-24.04
    env: {B: job, C: job}
    steps:
      - {run: 'echo "$A $B $C $D"; echo "D=${{ env.C }}" >> "$GITHUB_ENV"', env: {C: step}}
      - {run: 'echo "$A $B $C $D"'}
""")

    assert ran.job("only").log == "workflow job step \nworkflow job job step\n"


def test_outputs_take_many_lines_between_delimiters(workflows: Workflows) -> None:
    ran = workflows.run_steps(r"""
        - id: it
          run: printf 'it<<E-7\none\nit=two\n\nE-7\nother=3\n' >> "$GITHUB_OUTPUT"
        - run: echo "${{ steps.it.outputs.other }}"
        """)

    assert ran.job("only").outputs == {"it": "one\nit=two\n"}
    assert ran.job("only").steps[1].log == "3\n"


@pytest.mark.parametrize("text", ["it<<E\nno end\n", "no sign\n", "<<E\nE\n"])
def test_a_file_of_outputs_that_cannot_be_read_fails_the_step(workflows: Workflows, text: str) -> None:
    ran = workflows.run_steps('- run: printf \'%s\' "$TEXT" >> "$GITHUB_OUTPUT"', environment={"TEXT": text})

    assert ran.conclusion == "failure"
    assert "##[error]Invalid" in ran.job("only").log


def test_folders_that_a_step_adds_to_the_path_come_first_the_last_one_before_the_others(workflows: Workflows) -> None:
    ran = workflows.run_steps("""
        - run: printf '/one\\n/two\\n' >> "$GITHUB_PATH"
        - run: echo "$PATH"
        """)

    assert ran.job("only").steps[1].log == "/two:/one:/usr/bin:/bin\n"


def test_summaries_are_joined_and_one_that_is_too_long_is_lost(workflows: Workflows) -> None:
    ran = workflows.run_steps("""
        - run: echo '# One' >> "$GITHUB_STEP_SUMMARY"
        - run: head -c 1048577 /dev/zero >> "$GITHUB_STEP_SUMMARY"
        - run: echo two >> "$GITHUB_STEP_SUMMARY"
        """)

    job = ran.job("only")
    assert (job.conclusion, job.summary) == ("success", "# One\ntwo\n")
    assert "supports content up to a size of 1024k, got 1024k" in job.annotations[0].message


def test_only_a_named_bash_sees_a_failure_inside_a_pipe(workflows: Workflows) -> None:
    ran = workflows.run_steps("""
        - run: |
            false | true
            echo unseen
        - run: |
            false | true
            echo seen
          shell: bash
        - if: always()
          run: print("snake")
          shell: python3 {0}
        """)

    assert [step.conclusion for step in ran.job("only").steps] == ["success", "failure", "success"]
    assert ran.job("only").log == "unseen\n##[error]Process completed with exit code 1.\nsnake\n"


def test_defaults_say_where_and_how_scripts_run(workflows: Workflows) -> None:
    ran = workflows.run("""\
defaults: {run: {shell: bash}}
jobs:
  only:
    runs-on: ubuntu-24.04
    defaults: {run: {working-directory: base}}
    steps:
      - {run: mkdir -p base/in, working-directory: .}
      - {run: 'basename "$PWD"; false | true'}
      - {run: 'basename "$PWD"', working-directory: base/in, if: always()}
      - {run: ':', working-directory: nowhere, if: always()}
""")

    _made, second, third, fourth = ran.job("only").steps
    assert (second.log, second.exit_code) == ("base\n##[error]Process completed with exit code 1.\n", 1)
    assert third.log == "in\n"
    assert "nowhere is not there" in fourth.log


def test_conditions_know_what_happened_before(workflows: Workflows) -> None:
    ran = workflows.run_steps("""
        - {name: bad, id: bad, run: exit 7}
        - {name: next, run: ':'}
        - {name: plain condition, if: github.ref == 'refs/heads/main', run: ':'}
        - {name: on failure, if: failure() && steps.bad.outcome == 'failure', run: ':'}
        - {name: always, if: always(), run: ':'}
        - {name: other ref, if: always() && github.ref == 'refs/heads/x', run: ':'}
        """)

    job = ran.job("only")
    assert {step.name for step in job.steps if step.conclusion == "success"} == {"on failure", "always"}
    assert (job.step("bad").conclusion, job.step("bad").exit_code) == ("failure", 7)
    assert job.conclusion == "failure"


def test_a_step_that_may_fail_fails_without_harm(workflows: Workflows) -> None:
    ran = workflows.run_steps("""
        - {id: bad, run: exit 1, continue-on-error: true}
        - {run: 'echo "${{ steps.bad.outcome }} ${{ steps.bad.conclusion }}"'}
        """)

    assert ran.conclusion == "success"
    assert (ran.job("only").steps[0].outcome, ran.job("only").steps[0].conclusion) == ("failure", "success")
    assert ran.job("only").steps[1].log == "failure success\n"


def test_a_step_that_takes_too_long_is_killed_with_all_that_it_started(workflows: Workflows) -> None:
    ran = workflows.run_steps("""
        - {run: 'sleep 300 & echo $! ; sleep 300', timeout-minutes: 0.01}
        - {run: ':', if: failure()}
        """)

    late, after = ran.job("only").steps
    assert (late.conclusion, after.conclusion) == ("failure", "success")
    pid, message = late.log.splitlines()
    assert message == "##[error]The step has timed out."
    assert workflows.ended(int(pid))


def test_what_a_step_leaves_running_ends_with_it(workflows: Workflows) -> None:
    ran = workflows.run_steps("- run: sleep 300 & echo $!")

    assert ran.job("only").steps[0].conclusion == "success"
    assert workflows.ended(int(ran.job("only").log))


def test_a_job_that_takes_too_long_is_cancelled_and_still_cleans_up(workflows: Workflows) -> None:
    ran = workflows.run("""\
jobs:
  slow:
    runs-on: ubuntu-24.04
    timeout-minutes: 0.01
    steps:
      - {run: sleep 300}
      - {run: ':'}
      - {run: ':', if: failure()}
      - {run: 'sleep 0.2; echo swept', if: cancelled()}
""")

    assert [step.conclusion for step in ran.job("slow").steps] == ["cancelled", "skipped", "skipped", "success"]
    assert ran.conclusion == "cancelled"


def test_an_action_is_its_shim_with_its_inputs_and_outputs(workflows: Workflows) -> None:
    workflows.shim(
        "actions-checkout", 'echo "$INPUT_PATH $INPUT_FETCH_DEPTH $GITHUB_ACTION_REF"; echo it=done >> "$GITHUB_OUTPUT"'
    )

    ran = workflows.run_steps("""
        - id: it
          uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
          with: {path: proposal, 'fetch depth': 2}
        """)

    assert ran.job("only").log == "proposal 2 3d3c42e5aac5ba805825da76410c181273ba90b1\n"
    assert ran.job("only").outputs == {"it": "done"}


def test_an_action_without_a_shim_is_an_error(workflows: Workflows) -> None:
    with pytest.raises(
        WorkflowError, match=r"uses evil/action@v1: found no executable .*/shims/evil-action; write one"
    ):
        workflows.run_steps("- uses: evil/action@v1")


def test_text_in_the_environment_is_inert_and_text_in_the_script_is_not(workflows: Workflows) -> None:
    # The second step is the hole that this shows: GitHub pastes the text into the script.
    hostile = '"; echo OWNED; echo "'
    steps = """
        - id: it
          run: printf 'it=%s\\n' "$HOSTILE" >> "$GITHUB_OUTPUT"
        - run: echo "$TEXT"
          env: {TEXT: '${{ steps.it.outputs.it }}'}
        - run: echo "${{ steps.it.outputs.it }}"
        """

    ran = workflows.run_steps(steps, environment={"HOSTILE": hostile})

    assert ran.job("only").steps[1].log == f"{hostile}\n"
    assert ran.job("only").steps[2].log == "\nOWNED\n\n"


def test_quotes_and_braces_of_a_script_survive_the_expressions_in_it(workflows: Workflows) -> None:
    ran = workflows.run_steps("""- run: "echo 'a' '{0}' {b} \\"${{ format('}}''{0}''', 'c') }}\\" 'd'" """)

    assert ran.job("only").log == "a {0} {b} }'c' d\n"


def test_an_expression_without_a_value_fails_its_step(workflows: Workflows) -> None:
    ran = workflows.run_steps("- run: echo '${{ fromJSON(github.actor) }}'")

    assert ran.job("only").steps[0].conclusion == "failure"
    assert "fromJSON(github.actor)" in ran.job("only").log


def test_an_environment_that_is_too_large_to_start_a_program_fails_the_step(workflows: Workflows) -> None:
    # Linux takes 128 KiB a variable: an output that holds a whole registry does not fit.
    ran = workflows.run_steps("""
        - {id: it, run: 'printf "it=%0200000d\\n" 1 >> "$GITHUB_OUTPUT"'}
        - {run: ':', env: {IT: '${{ steps.it.outputs.it }}'}}
        """)

    assert ran.job("only").steps[1].conclusion == "failure"
    assert "E2BIG" in ran.job("only").log
