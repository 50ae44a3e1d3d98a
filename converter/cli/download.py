"""`download`: get a release."""

from pathlib import Path
from typing import Annotated

import typer

from converter.cli.options import HUB, REGISTRY, AllowYankedOption, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import say, say_json
from converter.cli.progress_display import shown


def download(
    name: Annotated[str, typer.Argument(metavar="NAME[.vN]", help="A release; without .vN the latest.")],
    to: Annotated[
        Path | None, typer.Option("--to", metavar="FOLDER", help="Where to put it.", show_default="./NAME[.vN]")
    ] = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    allow_yanked: AllowYankedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Download a release and check every file on arrival.

    The folder appears when all of it is there and right; an interrupted download goes on where it stopped.
    A release that is yanked is refused with the reason, and without .vN the latest is one that is not.

    Example: onnx-registry download openjourney --to models/openjourney
    """
    from converter.hub import download as fetch_release

    with shown() as report:
        store, target = Place(registry).store(hub), to or Path(name)
        folder = fetch_release(store, name, target, report, allow_yanked=allow_yanked)
    say_json({"folder": str(folder)}) if as_json else say(f"{folder}: downloaded and verified")
