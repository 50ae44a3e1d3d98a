"""`verify`: is a release what it says it is?"""

from typing import Annotated

import typer

from converter.cli.options import HUB, REGISTRY, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import say, say_json
from converter.cli.progress_display import shown
from converter.release.card import readable_size


def verify(
    what: Annotated[str, typer.Argument(metavar="FOLDER|NAME[.vN]", help="A folder, or a release of the hub.")],
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    as_json: JsonOption = False,
) -> None:
    """Check every file of a release against its checksums, its manifest and the layout.

    For a release on the Hugging Face Hub the digests are those that the Hub computed; nothing large is downloaded.

    Example: onnx-registry verify openjourney
    """
    from converter.pipeline import verify_release

    with shown() as report:
        found = verify_release(what, Place(registry).store(hub), report=report)
    manifest = found.manifest
    if as_json:
        say_json({"tag": manifest.tag, "files": found.files, "size_bytes": found.size_bytes, "verified": True})
        return
    measured = "compared with PyTorch" if manifest.measured else "not compared with PyTorch"
    say(f"{what}: {manifest.tag} is whole: {found.files} files, {readable_size(found.size_bytes)}, {measured}")
