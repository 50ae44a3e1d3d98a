"""`verify`: is a release what it says it is?"""

from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.options import HUB, REGISTRY, AllowYankedOption, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import say, say_json
from converter.cli.progress_display import shown
from converter.cli.verify_published import verify_published
from converter.release.card_text import readable_size

if TYPE_CHECKING:
    from converter.hub import Store


def verify(
    what: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FOLDER|NAME[.vN]", help="A folder, or a release of the hub; with --published any number of names."
        ),
    ] = None,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    published: Annotated[
        bool, typer.Option("--published", help="Every release of the hub: what is wrong with which, and what moved.")
    ] = False,
    links: Annotated[
        bool, typer.Option("--links", help="With --published: are the sources that are not pinned still there?")
    ] = False,
    allow_yanked: AllowYankedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check every file of a release against its checksums, its manifest and the layout.

    For a release on the Hugging Face Hub the digests are those that the Hub computed; nothing large is downloaded.
    With --published each release is compared with its manifest, with the index, and with the commit that its tag
    marked first; each fault is a line, or in JSON an object whose key is the same in every run. Exit code 1 if there
    is one, 4 if some host did not answer and nothing else is wrong.

    Example: onnx-registry verify openjourney
    """
    if published:
        raise typer.Exit(verify_published(what or [], registry, hub, links=links, as_json=as_json))
    if links or len(what or ()) != 1:
        raise typer.BadParameter("found no or several names, or --links; expected one name, or --published with these")
    _verify_one((what or [""])[0], Place(registry).store(hub), allow_yanked=allow_yanked, as_json=as_json)


def _verify_one(what: str, store: "Store", *, allow_yanked: bool, as_json: bool) -> None:
    from converter.pipeline import verify_release

    with shown() as report:
        found = verify_release(what, store, allow_yanked=allow_yanked, report=report)
    manifest = found.manifest
    if as_json:
        say_json({"tag": manifest.tag, "files": found.files, "size_bytes": found.size_bytes, "verified": True})
        return
    measured = "compared with PyTorch" if manifest.measured else "not compared with PyTorch"
    say(f"{what}: {manifest.tag} is whole: {found.files} files, {readable_size(found.size_bytes)}, {measured}")
