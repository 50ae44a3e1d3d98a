"""`release`: the main job."""

from dataclasses import replace

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
from converter.cli.run import finish
from converter.proof import ReferenceKind


def release(
    names: NamesArgument = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    build: BuildOption = None,
    cache: CacheOption = None,
    force: ForceOption = False,
    allow_local: AllowLocalOption = False,
    reference: ReferenceOption = ReferenceKind.TORCH,
    device: DeviceOption = "cpu",
    sheet: SheetOption = None,
    memory: MemoryOption = None,
    github: GitHubOption = False,
    as_json: JsonOption = False,
) -> None:
    """Plan, convert, verify and publish: bring the hub to what the registry wants.

    What is yanked in the registry is marked on the hub, and what is no longer in it is retired there; files stay.
    Run twice, it does nothing the second time. Interrupted or killed at any point, the next run finishes the job. An
    entry that fails does not stop the others, and fails the run.

    Example: onnx-registry release --hub hf:org/zoo
    """
    from converter.comparison import plan_of
    from converter.pipeline import release_planned

    proof = asked_proof(reference, device, sheet)
    place = Place(registry)
    store = place.store(hub, publishing=True)
    todo = plan_of(valid_registry(registry), store, named(names), force=force)
    require_reference(proof, (action.entry for action in todo.converts))
    if not (todo.converts or todo.marks or todo.refusals):
        note("nothing to do: every entry is published as it is")
    workshop = replace(place.workshop(build, cache, allow_local=allow_local, memory=memory), proof=proof)
    with shown() as report:
        outcomes = release_planned(todo, workshop, store, report=report)
        finish("release", outcomes, github=github, as_json=as_json, link=place.link(hub))
