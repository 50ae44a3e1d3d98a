"""`publish`: make folders releases."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.options import (
    HUB,
    REGISTRY,
    BuildOption,
    ForceOption,
    GitHubOption,
    HubOption,
    JsonOption,
    Place,
    RegistryOption,
    named,
)
from converter.cli.outcome_lines import note_kept
from converter.cli.output import note
from converter.cli.progress_display import shown
from converter.cli.registry_file import valid_registry
from converter.cli.run import finish

if TYPE_CHECKING:
    from converter.hub import Store
    from converter.outcomes import Failed, Released
    from converter.progress import Report


def publish(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER|NAME",
            help="Release folders that `convert` made, or names of entries.",
            show_default="every entry that the plan converts",
        ),
    ] = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    build: BuildOption = None,
    force: ForceOption = False,
    github: GitHubOption = False,
    as_json: JsonOption = False,
) -> None:
    """Verify release folders and publish them: one commit, one tag, and the index.

    What is published already, with the same content, is left alone. A tag is never moved: other content under the
    same tag is exit code 3, a person must decide. In a GitHub job with `id-token: write` the Hugging Face Hub is
    written without a stored token, by its Trusted Publishers; HF_TOKEN is used instead where it is set.

    Example: onnx-registry publish build/openjourney.v1
    """
    place = Place(registry)
    store = place.store(hub, publishing=True)
    with shown() as report:
        released = _released(what or [], place, store, build, force=force, report=report)
        finish("publish", released, github=github, as_json=as_json, link=place.link(hub))


def _released(
    what: Sequence[str], place: Place, store: "Store", build: Path | None, *, force: bool, report: "Report"
) -> "Iterator[Released | Failed]":
    from converter.comparison import plan_of
    from converter.pipeline import publish_folders, publish_planned

    folders = [Path(each) for each in what if _is_folder(each)]
    names = named([each for each in what if not _is_folder(each)])
    yield from publish_folders(folders, store, report=report)
    if names or not folders:
        todo = plan_of(valid_registry(place.registry), store, names, force=force)
        if not (todo.converts or todo.refusals):
            note("nothing to publish: every entry is published as it is")
        elif names:
            note_kept(todo)
        yield from publish_planned(todo, build or place.root / "build", store, report=report)


def _is_folder(text: str) -> bool:
    """Names have neither a dot nor a slash, and folders of releases have a dot."""
    return "/" in text or "." in text or Path(text).is_dir()
