"""`verify`: is a release what it says it is?"""

from typing import TYPE_CHECKING, Annotated

import typer

from converter.canonical import JsonObject
from converter.cli.attestation_output import attested_as_json, print_attested
from converter.cli.options import HUB, REGISTRY, AllowYankedOption, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import say, say_json
from converter.cli.progress_display import shown
from converter.cli.verify_attestation import asked_repository, attested
from converter.cli.verify_published import Wanted, verify_published
from converter.errors import ExitCode
from converter.release.card_text import readable_size

if TYPE_CHECKING:
    from converter.github import Repository
    from converter.hub import Store
    from converter.release import Verified


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
    issues: Annotated[
        bool, typer.Option("--issues", help="With --published: keep an issue on GitHub for each fault (GITHUB_TOKEN).")
    ] = False,
    attestation: Annotated[
        bool, typer.Option("--attestation", help="Who made it: what do the attestations that GitHub has of it claim?")
    ] = False,
    repository: Annotated[
        str | None,
        typer.Option(
            "--repository",
            metavar="OWNER/NAME",
            help="With --attestation: the repository on GitHub that made the release.",
            show_default="GITHUB_REPOSITORY, or the git remote origin of the registry's checkout",
        ),
    ] = None,
    allow_yanked: AllowYankedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check every file of a release against its checksums, its manifest and the layout.

    For a release on the Hugging Face Hub the digests are those that the Hub computed; nothing large is downloaded.
    With --published each release is compared with its manifest, with the index, and with the commit that its tag
    marked first; each fault is a line, or in JSON an object whose key is the same in every run. Exit code 1 if there
    is one, 4 if some host did not answer and nothing else is wrong.

    With --issues too, each fault has an issue of the repository that GITHUB_REPOSITORY names: opened when it is found,
    closed with a comment when it is gone, opened again when it is back. What did not answer keeps its issues.

    With --attestation GitHub is asked, without an account, for the attestations of the release's SHA256SUMS: exit code
    0 if one claims to be of release.yml on main of the repository. Its signature is not checked; the command that does
    is printed.

    Example: onnx-registry verify openjourney
    """
    if (published and attestation) or (repository is not None and not attestation):
        raise typer.BadParameter(
            "found --published with --attestation, or --repository without it; expected one name with --attestation"
        )
    if published:
        wanted = Wanted(what or [], registry, hub, links, issues)
        raise typer.Exit(verify_published(wanted, as_json=as_json))
    if links or issues or len(what or ()) != 1:
        raise typer.BadParameter(
            "found no or several names, or --links or --issues; expected one name, or --published with these"
        )
    place, one = Place(registry), (what or [""])[0]
    if attestation:
        asked = asked_repository(repository, place)
        raise typer.Exit(_verify_attested(one, place.store(hub), asked, allow_yanked=allow_yanked, as_json=as_json))
    _verify_one(one, place.store(hub), allow_yanked=allow_yanked, as_json=as_json)


def _verify_one(what: str, store: "Store", *, allow_yanked: bool, as_json: bool) -> None:
    from converter.pipeline import verify_release

    with shown() as report:
        found = verify_release(what, store, allow_yanked=allow_yanked, report=report)
    say_json(_object(found)) if as_json else say(_line(what, found))


def _verify_attested(
    what: str, store: "Store", repository: "Repository", *, allow_yanked: bool, as_json: bool
) -> ExitCode:
    from converter.pipeline import looked_up
    from converter.release import verify as verify_view

    release = looked_up(what, store, allow_yanked=allow_yanked)
    with shown() as report:
        found = verify_view(release.view, report=report)
    if not as_json:
        say(_line(what, found))
    about = attested(release, repository, store)
    if as_json:
        say_json({**_object(found), "attestation": attested_as_json(about)})
    else:
        print_attested(about)
    return about.seen.exit_code


def _object(found: "Verified") -> JsonObject:
    return {"tag": found.manifest.tag, "files": found.files, "size_bytes": found.size_bytes, "verified": True}


def _line(what: str, found: "Verified") -> str:
    manifest = found.manifest
    measured = f"{'' if manifest.measured else 'not '}compared with {manifest.compared_with}"
    return f"{what}: {manifest.tag} is whole: {found.files} files, {readable_size(found.size_bytes)}, {measured}"
