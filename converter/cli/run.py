"""The end of a command that works on entries: what is printed, what GitHub is told, the exit code."""

from collections.abc import Callable, Iterable
from pathlib import Path

import typer

from converter.cli.github_files import OUTPUT, SUMMARY, append_outputs, append_summary, require
from converter.cli.outcome_lines import follow
from converter.cli.output import command
from converter.outcomes import Failed, Outcome, exit_code_of


def finish(
    step: str,
    outcomes: Iterable[Outcome],
    *,
    github: bool,
    as_json: bool,
    link: Callable[[str], str | None] = lambda _: None,
    idle: str = "There was nothing to do.",
) -> None:
    """Print outcomes as they come, tell GitHub if asked to, and exit with the code of the run if it is not zero.

    Args:
        step: what is done: `convert`.
        outcomes: of the entries.
        github: also an annotation for each failure, a section of the job summary, and two outputs of the step: `done`
            is how many entries did not fail, and `names` which, for the step after it.
        as_json: print all as one JSON object.
        link: the address of a release.
        idle: what the summary says if no entry had anything to be done.

    Raises:
        BadParameter: `github` is set and this is no step of a workflow, or `as_json` too.
        Exit: something failed.
    """
    page = summary_path(github=github, as_json=as_json)
    seen = follow(outcomes, as_json=as_json)
    if page is not None:
        from converter.workflow import run_summary

        _tell(seen, page, lambda left: run_summary(step.capitalize(), seen, link, left, idle=idle))
    if code := exit_code_of(seen):
        raise typer.Exit(code)


def summary_path(*, github: bool, as_json: bool) -> Path | None:
    """The job summary, if it is to be written.

    Raises:
        BadParameter: both are asked for, or this is no step of a workflow.
    """
    if github and as_json:
        raise typer.BadParameter("found --github and --json, expected one: both print on standard output")
    return require(SUMMARY) if github else None


def _tell(seen: list[Outcome], page: Path, text: Callable[[int], str]) -> None:
    from converter.workflow import failure_lines

    for line in failure_lines(seen):
        command(line)
    append_summary(page, text)
    done = [outcome.name for outcome in seen if not isinstance(outcome, Failed)]
    append_outputs(require(OUTPUT), {"done": str(len(done)), "names": " ".join(dict.fromkeys(done))})
