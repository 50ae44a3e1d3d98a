"""`fetch`: everything that a conversion needs, and nothing else."""

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
    NamesArgument,
    Place,
    RegistryOption,
    named,
)
from converter.cli.outcome_lines import note_kept
from converter.cli.output import note
from converter.cli.progress_display import shown
from converter.cli.registry_file import valid_registry
from converter.cli.run import finish


def fetch(
    names: NamesArgument = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    build: BuildOption = None,
    cache: CacheOption = None,
    force: ForceOption = False,
    allow_local: AllowLocalOption = False,
    github: GitHubOption = False,
    as_json: JsonOption = False,
) -> None:
    """Download what the plan converts, so that `convert --fetched` needs no network and no token.

    Sources go to the cache, and what was fetched is noted in BUILD/NAME.vN.fetched.json. What is there is not
    downloaded again. HF_TOKEN is for gated repositories, CIVITAI_TOKEN for Civitai.

    Example: onnx-registry fetch openjourney
    """
    from converter.comparison import plan_of
    from converter.pipeline import fetch_planned

    place = Place(registry)
    todo = plan_of(valid_registry(registry), place.store(hub), named(names), force=force)
    if not (todo.converts or todo.refusals):
        note("nothing to fetch: every entry is published as it is")
    elif names:
        note_kept(todo)
    workshop = place.workshop(build, cache, allow_local=allow_local)
    with shown() as report:
        finish("fetch", fetch_planned(todo, workshop, report=report), github=github, as_json=as_json)
