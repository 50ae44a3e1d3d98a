"""`catalogue`: what `main` of the hub says about the releases."""

import typer

from converter.cli.options import HUB, REGISTRY, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import follow, say
from converter.cli.registry_file import valid_registry
from converter.outcomes import exit_code_of


def catalogue(registry: RegistryOption = REGISTRY, hub: HubOption = HUB, as_json: JsonOption = False) -> None:
    """Write the index and the catalogue of the hub anew, with what is yanked and retired; convert nothing.

    It is for the end of a run whose entries were released by several machines, and repairs what a run that was cut
    off left undone. If all is as it should be, nothing is written.

    Example: onnx-registry catalogue --hub hf:org/zoo
    """
    from converter.pipeline import plan_of, refresh_catalogue

    store = Place(registry).store(hub)
    todo = plan_of(valid_registry(registry), store)
    outcomes = follow(refresh_catalogue(todo, store), as_json=as_json)
    if not as_json:
        say(f"{hub}: index and catalogue say what is published")
    raise typer.Exit(exit_code_of(outcomes))
