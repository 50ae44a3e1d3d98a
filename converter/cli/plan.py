"""`plan`: what would a run do?"""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.github_files import OUTPUT, append_outputs, append_summary, require
from converter.cli.options import (
    HUB,
    REGISTRY,
    BuildOption,
    ForceOption,
    GitHubOption,
    HubOption,
    NamesArgument,
    Place,
    RegistryOption,
    named,
)
from converter.cli.output import command, say, say_json
from converter.cli.registry_file import valid_registry
from converter.cli.run import summary_path
from converter.errors import ExitCode
from converter.garbage import no_search

if TYPE_CHECKING:
    from converter.plan import Plan


class Format(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    MATRIX = "matrix"


@no_search()
def plan(
    names: NamesArgument = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    form: Annotated[
        Format, typer.Option("--format", help="matrix is what GitHub's strategy.matrix takes, at most 256 jobs.")
    ] = Format.TEXT,
    force: ForceOption = False,
    build: BuildOption = None,
    github: GitHubOption = False,
) -> None:
    """Compare what the registry wants with what the hub has, and print the difference.

    Each line is an action with its reason: convert (new, changed, or another recipe), keep, refuse (it asks for
    something that is not built), yank or withhold (the entry says yanked), retire (no longer in the registry), or the
    undoing of one of these (unyank, unretire). Where the hub is no folder, a conversion says how much it will upload:
    exactly if it is converted already, at most if the hub has a release like it. Nothing is changed. Exit code 1 if
    something is refused. With --github the outputs of the step are `matrix`, `count` (entries to convert) and
    `catalogue` (`true` if `catalogue` will have something to write), also if something is refused.

    Example: onnx-registry plan --format matrix
    """
    from converter.comparison import catalogue_due, plan_of
    from converter.plan_rendering import as_json, as_text
    from converter.workflow import as_matrix

    page = summary_path(github=github, as_json=form is not Format.TEXT)
    place = Place(registry)
    store = place.store(hub)
    # Of a matrix alone, nobody reads how much is sent.
    folders = None if form is Format.MATRIX and page is None else build or place.root / "build"
    found = plan_of(valid_registry(registry), store, named(names), force=force, build=folders)
    if page is not None:
        _tell(found, page, str(registry), catalogue=catalogue_due(found, store))
    match form:
        case Format.TEXT:
            say(as_text(found).rstrip("\n"))
        case Format.JSON:
            say_json(as_json(found))
        case Format.MATRIX:
            say_json(as_matrix(found))
    if found.refusals:
        raise typer.Exit(ExitCode.FAILED)


def _tell(found: "Plan", page: Path, file: str, *, catalogue: bool) -> None:
    from converter.canonical import canonical_json
    from converter.workflow import as_matrix, plan_annotations, plan_summary, waiting

    for line in plan_annotations(found, file):
        command(line)
    append_summary(page, lambda left: plan_summary(found, left))
    matrix = canonical_json(as_matrix(found)).decode()
    if left := waiting(found):
        append_summary(page, lambda _: f"\n{left:,} of them are left to the next run.\n")
    outputs = {"matrix": matrix, "count": str(len(found.converts)), "catalogue": str(catalogue).lower()}
    append_outputs(require(OUTPUT), outputs)
