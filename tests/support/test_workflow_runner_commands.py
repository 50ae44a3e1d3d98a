"""The commands in a step's output: annotations, masks, and what hostile text could do with them."""

import pytest

from tests.support.fixtures_workflows import workflows
from tests.support.small_workflows import Workflows
from tests.support.workflow_runner import Annotation, Step

__all__ = ["workflows"]

ECHO = "- {id: it, run: 'printf \"%s\\n\" \"$TEXT\"'}\n- {run: ':'}\n"


def echo(workflows: Workflows, text: str) -> Step:
    return workflows.run_steps(ECHO, environment={"TEXT": text}).job("only").steps[0]


def annotations(workflows: Workflows, text: str) -> tuple[Annotation, ...]:
    return workflows.run_steps(ECHO, environment={"TEXT": text}).job("only").annotations


def test_an_annotation_has_its_place_and_its_escapes_are_undone(workflows: Workflows) -> None:
    text = "::error file=registry/extras.json,line=7,endLine=9,col=3,title=a%3A b%2C c::first%0Asecond 100%25250"

    assert annotations(workflows, text) == (
        Annotation("error", "first\nsecond 100%250", "registry/extras.json", 7, 9, 3, "a: b, c"),
    )


@pytest.mark.parametrize("level", ["error", "warning", "notice"])
def test_a_step_shows_ten_annotations_of_a_level(workflows: Workflows, level: str) -> None:
    text = "\n".join(f"::{level}::number {number}" for number in range(12))

    assert [each.message for each in annotations(workflows, text)] == [f"number {number}" for number in range(10)]
    assert f"##[{level}]number 11" in echo(workflows, text).log


def test_a_message_ends_after_4096_characters(workflows: Workflows) -> None:
    assert len(annotations(workflows, f"::notice::{'x' * 5000}")[0].message) == 4096


def test_a_file_in_the_workspace_is_named_from_there(workflows: Workflows) -> None:
    ran = workflows.run_steps('- run: echo "::warning file=$PWD/a/b.json::look"')

    assert ran.job("only").annotations == (Annotation("warning", "look", "a/b.json"),)


@pytest.mark.parametrize(
    "text",
    [
        "  ::error::after spaces",
        "##[error]the old form",
        "text before ##[error]the old form counts anywhere",
        "::nonsense::##[error]after one that is none",
    ],
)
def test_these_are_commands_too(workflows: Workflows, text: str) -> None:
    assert echo(workflows, text).commands == ("error",)


@pytest.mark.parametrize("text", ["a ::error::b", ":error::b", "::errors::b", "# #[error]b", "::error b", ""])
def test_these_are_text(workflows: Workflows, text: str) -> None:
    step = echo(workflows, text)

    assert step.commands == ()
    assert step.log == f"{text}\n"


def test_commands_stop_until_their_token_comes_back(workflows: Workflows) -> None:
    step = echo(workflows, "::stop-commands::t0ken-of-ours\n::error::no\n::other::\n::t0ken-of-ours::\n::error::yes")

    assert step.commands == ("stop-commands", "error")
    assert step.log == "::stop-commands::***\n::error::no\n::other::\n##[error]yes\n"


def test_set_output_still_works_on_a_runner_so_it_is_seen_and_obeyed(workflows: Workflows) -> None:
    ran = workflows.run_steps(ECHO, environment={"TEXT": "::set-output name=it::owned"})

    assert ran.job("only").steps[0].commands == ("set-output",)
    assert ran.job("only").outputs == {"it": "owned"}


def test_set_output_between_stopped_commands_is_ignored(workflows: Workflows) -> None:
    text = "::stop-commands::t0ken\n::set-output name=it::owned\n::t0ken::"

    ran = workflows.run_steps(ECHO, environment={"TEXT": text})

    assert ran.job("only").steps[0].commands == ("stop-commands",)
    assert ran.job("only").outputs == {}


@pytest.mark.parametrize("name", ["set-env name=A", "add-path"])
def test_commands_that_were_disabled_fail_the_step(workflows: Workflows, name: str) -> None:
    step = echo(workflows, f"::{name}::x")

    assert (step.conclusion, step.exit_code) == ("failure", 0)
    assert "command is disabled" in step.log


def test_a_mask_hides_a_value_from_there_on(workflows: Workflows) -> None:
    ran = workflows.run_steps("""
        - run: |
            echo before hunter2
            echo ::add-mask::hunter2
            echo after hunter2 >&2
            echo "::notice title=t hunter2::m hunter2"
            echo "s hunter2" >> "$GITHUB_STEP_SUMMARY"
        """)

    job = ran.job("only")
    assert job.log == "before hunter2\nafter ***\n##[notice]m ***\n"
    assert job.annotations == (Annotation("notice", "m ***", title="t ***"),)
    assert job.summary == "s ***\n"
