"""`catalogue`: what `main` of the hub says about the releases."""

from converter.cli.options import HUB, REGISTRY, GitHubOption, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import say
from converter.cli.registry_file import valid_registry
from converter.cli.run import finish


def catalogue(
    registry: RegistryOption = REGISTRY, hub: HubOption = HUB, github: GitHubOption = False, as_json: JsonOption = False
) -> None:
    """Write the index and the catalogue of the hub anew, with what is yanked and retired; convert nothing.

    It is for the end of a run whose entries were released by several machines, and repairs what a run that was cut
    off left undone. If all is as it should be, nothing is written.

    Example: onnx-registry catalogue --hub hf:org/zoo
    """
    from converter.comparison import plan_of
    from converter.pipeline import refresh_catalogue

    place = Place(registry)
    store = place.store(hub, publishing=True)
    todo = plan_of(valid_registry(registry), store)
    written = "Index and catalogue say what is published."
    finish("catalogue", refresh_catalogue(todo, store), github=github, as_json=as_json, idle=written)
    if not as_json:
        say(f"{hub}: index and catalogue say what is published")
