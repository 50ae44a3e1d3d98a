"""`release`: the main job."""

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
from converter.cli.output import follow, note
from converter.cli.progress_display import shown
from converter.cli.registry_file import valid_registry
from converter.outcomes import exit_code_of


def release(
    names: NamesArgument = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    build: BuildOption = None,
    cache: CacheOption = None,
    force: ForceOption = False,
    allow_local: AllowLocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan, convert, verify and publish: bring the hub to what the registry wants.

    What is yanked in the registry is marked on the hub, and what is no longer in it is retired there; files stay.
    Run twice, it does nothing the second time. Interrupted or killed at any point, the next run finishes the job. An
    entry that fails does not stop the others, and fails the run.

    Example: onnx-registry release --hub hf:org/zoo
    """
    from converter.pipeline import plan_of, release_planned

    place = Place(registry)
    store = place.store(hub)
    todo = plan_of(valid_registry(registry), store, names or (), force=force)
    if not (todo.converts or todo.marks or todo.refusals):
        note("nothing to do: every entry is published as it is")
    with shown() as report:
        outcomes = follow(
            release_planned(todo, place.workshop(build, cache, allow_local=allow_local), store, report=report),
            as_json=as_json,
        )
    raise typer.Exit(exit_code_of(outcomes))
