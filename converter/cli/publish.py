"""`publish`: make folders releases."""

from pathlib import Path
from typing import Annotated

import typer

from converter.cli.options import HUB, REGISTRY, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import follow
from converter.cli.progress_display import shown
from converter.outcomes import exit_code_of


def publish(
    folders: Annotated[list[Path], typer.Argument(metavar="FOLDER", help="Release folders that `convert` made.")],
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    as_json: JsonOption = False,
) -> None:
    """Verify release folders and publish them: one commit, one tag, and the index.

    What is published already, with the same content, is left alone. A tag is never moved: other content under the
    same tag is exit code 3, a person must decide.

    Example: onnx-registry publish build/openjourney.v1
    """
    from converter.pipeline import publish_folders

    store = Place(registry).store(hub)
    with shown() as report:
        outcomes = follow(publish_folders(folders, store, report=report), as_json=as_json)
    raise typer.Exit(exit_code_of(outcomes))
