"""`convert`: make release folders, or stop before ONNX."""

import os
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.options import (
    HUB,
    REGISTRY,
    AllowLocalOption,
    BuildOption,
    CacheOption,
    ForceOption,
    GitHubOption,
    HubOption,
    JsonOption,
    MemoryOption,
    NamesArgument,
    Place,
    RegistryOption,
    named,
)
from converter.cli.output import note
from converter.cli.progress_display import shown
from converter.cli.proof_options import (
    DeviceOption,
    ReferenceOption,
    SheetOption,
    asked_proof,
    require_reference,
)
from converter.cli.registry_file import valid_registry
from converter.cli.run import finish, summary_path
from converter.proof import Proof, ReferenceKind
from converter.target import Target

if TYPE_CHECKING:
    from converter.outcomes import Failed, Made
    from converter.progress import Report
    from converter.workshop import Workshop


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
    reference: ReferenceOption = ReferenceKind.TORCH,
    device: DeviceOption = "cpu",
    sheet: SheetOption = None,
    memory: MemoryOption = None,
    fetched: Annotated[
        bool,
        typer.Option(
            "--fetched", help="Convert what `fetch` has fetched: neither the network nor the hub nor a token is used."
        ),
    ] = False,
    isolated: Annotated[
        bool,
        typer.Option(
            "--isolated",
            help="With --fetched: in a process without the environment's credentials and, where the machine allows it, "
            "without a network.",
        ),
    ] = False,
    github: GitHubOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make the release folders that the plan asks for, and do not publish them.

    The folders appear whole, as BUILD/NAME.vN; one that is there already is kept. Publish them with `publish`.
    With --to, BUILD/NAME.vN.safetensors or BUILD/NAME.vN.diffusers is made instead, also of what is published; beside
    or in it is a record of what was read and blended. Neither is ever published. Weights of strangers are best
    converted in two steps: `fetch NAME`, then `convert NAME --fetched --isolated`.

    Example: onnx-registry convert openjourney --to checkpoint
    """
    summary_path(github=github, as_json=as_json)
    if isolated and not fetched:
        raise typer.BadParameter("found --isolated without --fetched; without a network nothing can be fetched")
    if to is not Target.ONNX and (fetched or not names):
        raise typer.BadParameter(
            f"{to} is made of entries that are named, without --fetched; write `convert NAME --to {to}`"
        )
    if to is not Target.ONNX and (reference is not ReferenceKind.TORCH or sheet):
        raise typer.BadParameter(f"found --reference or --sheet with --to {to}, expected neither; nothing is compared")
    if to is not Target.ONNX and memory:
        raise typer.BadParameter(f"found --memory with --to {to}; that takes one tensor at a time, leave --memory out")
    if isolated:
        raise SystemExit(_run_apart())  # it has said what there is to say
    place = Place(registry)
    proof = asked_proof(reference, device, sheet, parity=parity) if to is Target.ONNX else Proof()
    workshop = replace(place.workshop(build, cache, allow_local=allow_local, memory=memory), proof=proof)
    with shown() as report:
        if fetched:
            made = _made_of_fetched(registry, named(names), workshop, parity=parity, report=report)
        else:
            made = _made(place, hub, named(names), workshop, to, force=force, parity=parity, report=report)
        finish("convert", made, github=github, as_json=as_json)


def _run_apart() -> int:
    """The same command again, in a process that is kept apart."""
    from converter.isolation import isolation, run_isolated

    how = isolation()
    note(how.said)
    return run_isolated([argument for argument in sys.argv[1:] if argument != "--isolated"], how, os.environ)


def _made_of_fetched(
    registry: Path, names: list[str], workshop: "Workshop", *, parity: bool, report: "Report"
) -> "Iterator[Made | Failed]":
    from converter.bill import billed_names
    from converter.pipeline import convert_fetched

    wanted, chosen = valid_registry(registry), names or billed_names(workshop.build)
    require_reference(workshop.proof, (entry for entry in wanted.entries if entry.name in chosen))
    return convert_fetched(wanted, names, workshop, parity=parity, report=report)


def _made(
    place: Place,
    hub: str,
    names: list[str],
    workshop: "Workshop",
    to: Target,
    *,
    force: bool,
    parity: bool,
    report: "Report",
) -> "Iterator[Made | Failed]":
    from converter.comparison import plan_of
    from converter.pipeline import convert_planned, export_planned

    wanted = valid_registry(place.registry)
    todo = plan_of(wanted, place.store(hub), names, force=force)
    if to is Target.ONNX:
        require_reference(workshop.proof, (action.entry for action in todo.converts))
        return convert_planned(todo, workshop, parity=parity, report=report)
    return export_planned(todo, wanted, workshop, to, report=report)
