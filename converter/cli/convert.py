"""`convert`: make release folders, or stop before ONNX."""

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
from converter.target import Target


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
    to: Annotated[
        Target,
        typer.Option(
            "--to",
            help="Stop before ONNX: [bold]checkpoint[/] makes one file in the original layout (AUTOMATIC1111, "
            "ComfyUI), [bold]diffusers[/] a folder, both with everything that the entry blends in. They need NAMEs.",
        ),
    ] = Target.ONNX,
    as_json: JsonOption = False,
) -> None:
    """Make the release folders that the plan asks for, and do not publish them.

    The folders appear whole, as BUILD/NAME.vN; one that is there already is kept. Publish them with `publish`.
    With --to, BUILD/NAME.vN.safetensors or BUILD/NAME.vN.diffusers is made instead, also of what is published; beside
    or in it is a record of what was read and blended. Neither is ever published.

    Example: onnx-registry convert openjourney --to checkpoint
    """
    from converter.pipeline import convert_planned, export_planned, plan_of

    if to is not Target.ONNX and not names:
        raise typer.BadParameter(f"{to} is made of entries that are named; write `convert NAME --to {to}`")
    place, wanted = Place(registry), valid_registry(registry)
    todo = plan_of(wanted, place.store(hub), names or (), force=force)
    workshop = place.workshop(build, cache, allow_local=allow_local)
    with shown() as report:
        made = (
            convert_planned(todo, workshop, parity=parity, report=report)
            if to is Target.ONNX
            else export_planned(todo, wanted, workshop, to, report=report)
        )
        outcomes = follow(made, as_json=as_json)
    raise typer.Exit(exit_code_of(outcomes))
