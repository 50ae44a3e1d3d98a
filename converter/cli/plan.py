"""`plan`: what would a run do?"""

from enum import StrEnum
from typing import Annotated

import typer

from converter.cli.options import HUB, REGISTRY, ForceOption, HubOption, NamesArgument, Place, RegistryOption
from converter.cli.output import say, say_json
from converter.cli.registry_file import valid_registry
from converter.errors import ExitCode


class Format(StrEnum):
    """How a plan is printed."""

    TEXT = "text"
    JSON = "json"
    MATRIX = "matrix"


def plan(
    names: NamesArgument = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    form: Annotated[
        Format, typer.Option("--format", help="matrix is what GitHub's strategy.matrix takes, at most 256 jobs.")
    ] = Format.TEXT,
    force: ForceOption = False,
) -> None:
    """Compare what the registry wants with what the hub has, and print the difference.

    Each line is an action with its reason: convert (new, changed, or another recipe), keep, refuse (it asks for
    something that is not built), yank or withhold (the entry says yanked), retire (no longer in the registry), or the
    undoing of one of these (unyank, unretire). Nothing is changed. Exit code 1 if something
    is refused.

    Example: onnx-registry plan --format matrix
    """
    from converter.pipeline import plan_of
    from converter.plan_rendering import as_json, as_text
    from converter.workflow import as_matrix

    found = plan_of(valid_registry(registry), Place(registry).store(hub), names or (), force=force)
    match form:
        case Format.TEXT:
            say(as_text(found).rstrip("\n"))
        case Format.JSON:
            say_json(as_json(found))
        case Format.MATRIX:
            say_json(as_matrix(found))
    if found.refusals:
        raise typer.Exit(ExitCode.FAILED)
