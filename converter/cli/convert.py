"""`convert`: make release folders."""

from typing import Annotated

import typer

from converter.cli.options import (
    HUB,
    REGISTRY,
    AllowLocalOption,
    BuildOption,
    CacheOption,
    ForceOption,
    HubOption,
    JsonOption,
    NamesArgument,
    Place,
    RegistryOption,
)
from converter.cli.output import follow
from converter.cli.progress_display import shown
from converter.cli.registry_file import valid_registry
from converter.outcomes import exit_code_of


def convert(
    names: NamesArgument = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    build: BuildOption = None,
    cache: CacheOption = None,
    force: ForceOption = False,
    allow_local: AllowLocalOption = False,
    parity: Annotated[
        bool,
        typer.Option(
            "--parity/--no-parity",
            help="Compare each component with PyTorch. A folder without that is not published.",
        ),
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Make the release folders that the plan asks for, and do not publish them.

    The folders appear whole, as BUILD/NAME.vN; one that is there already is kept. Publish them with `publish`.

    Example: onnx-registry convert openjourney
    """
    from converter.pipeline import convert_planned, plan_of

    place = Place(registry)
    todo = plan_of(valid_registry(registry), place.store(hub), names or (), force=force)
    with shown() as report:
        outcomes = follow(
            convert_planned(todo, place.workshop(build, cache, allow_local=allow_local), parity=parity, report=report),
            as_json=as_json,
        )
    raise typer.Exit(exit_code_of(outcomes))
