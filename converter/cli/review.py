"""`review`: what does a pull request mean?"""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.github_files import SUMMARY
from converter.cli.options import HUB, REGISTRY, AllowLocalOption, CacheOption, HubOption, JsonOption, Place
from converter.cli.output import say_json
from converter.cli.review_output import as_json as json_of
from converter.cli.review_output import print_as_text, print_for_github
from converter.cli.run import summary_path

if TYPE_CHECKING:
    from converter.pull_request import NoText, Proposal, Reviewed, Text
    from converter.workshop import Workshop

_MAX_PATHS_BYTES = 16 << 20

Base = Annotated[
    Path | None,
    typer.Option(
        "--base",
        metavar="FILE",
        help="The registry as it is; one that is missing or no registry has no entries.",
        show_default="none, every entry is new",
    ),
]
Head = Annotated[
    Path | None,
    typer.Option("--head", metavar="FILE", help="The registry as it will be.", show_default=str(REGISTRY)),
]
Changed = Annotated[
    list[str] | None,
    typer.Option(
        "--changed", metavar="PATH", help="A path that changes, from the root; give one for each.", show_default="none"
    ),
]
ChangedFrom = Annotated[
    Path | None,
    typer.Option(
        "--changed-from",
        metavar="FILE",
        help="The same from a file, as `git diff --name-only --no-renames -z` writes it.",
        show_default="none",
    ),
]
Merge = Annotated[
    Path | None,
    typer.Option(
        "--merge",
        metavar="FOLDER",
        help="In the place of those four: a checkout of GitHub's test-merge commit, with its first parent "
        "([bold]fetch-depth: 2[/]). Only git's objects are read, and sources that are paths are refused.",
        show_default="none",
    ),
]
Online = Annotated[
    bool,
    typer.Option("--online", help="Look at new and changed sources: their headers and configs, not their weights."),
]
GitHub = Annotated[
    bool,
    typer.Option(
        "--github",
        help=f"Print annotations, append the job summary to the file {SUMMARY} names, and set the step's output "
        "[bold]code[/]: false if the registry alone changes.",
    ),
]


@dataclass(frozen=True)
class _Files:
    """What `--merge` stands for."""

    base: Path | None
    head: Path | None
    changed: tuple[str, ...]
    changed_from: Path | None


def review(
    base: Base = None,
    head: Head = None,
    changed: Changed = None,
    changed_from: ChangedFrom = None,
    merge: Merge = None,
    online: Online = False,
    github: GitHub = False,
    hub: HubOption = HUB,
    cache: CacheOption = None,
    allow_local: AllowLocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a pull request means: is it right, what will it release, and must a person decide?

    The registry is checked and planned as it will be after the merge; the hub is only read, nothing is converted.
    Licences, names like another, yanks, renames, sources that move, runners and large requests ask for a person. Exit
    code 1 if something is wrong, else 3 if a person must decide, else 4 if a host does not answer.

    Example: onnx-registry review --base old.json --changed registry/extras.json --online
    """
    page = summary_path(github=github, as_json=as_json)
    files = _Files(base, head, tuple(changed or ()), changed_from)
    if merge is not None and files != _Files(None, None, (), None):
        raise typer.BadParameter("found --merge beside --base, --head, --changed or --changed-from, expected it alone")
    place = Place(head or REGISTRY)
    workshop = place.workshop(None, cache, allow_local=allow_local) if online else None
    if workshop is not None and merge is not None:
        # A pull request names the path; the files below the root are ours.
        workshop = replace(workshop, policy=replace(workshop.policy, allow_local=False))
    found = _reviewed(merge or files, place, hub, workshop)
    if page is not None:
        print_for_github(found, page)
    elif as_json:
        say_json(json_of(found))
    else:
        print_as_text(found)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _reviewed(of: Path | _Files, place: Place, hub: str, workshop: "Workshop | None") -> "Reviewed":
    from converter.pull_request import (
        REGISTRY_PATH,
        MergeCommitError,
        NoLooks,
        WorkshopLooks,
        examine,
        proposal_of_merge,
        unread_review,
    )

    try:
        proposal = proposal_of_merge(of) if isinstance(of, Path) else _proposal(of)
    except MergeCommitError as error:
        return unread_review(REGISTRY_PATH, "Not readable", str(error))
    looks = NoLooks() if workshop is None else WorkshopLooks(workshop)
    return examine(proposal, place.store(hub), looks)


def _proposal(files: _Files) -> "Proposal":
    from converter.pull_request import NoText, Proposal

    base: Text | NoText = NoText("no base was named")
    if files.base is not None:
        base = _text(files.base, "--base")
        # What is there and cannot be read is no registry without entries.
        if isinstance(base, NoText) and files.base.exists():
            raise typer.BadParameter(f"{files.base}: {base.message}")
    head = files.head or REGISTRY
    changed = [*files.changed, *_paths_in(files.changed_from)]
    return Proposal(base, _text(head, "--head"), head.as_posix(), tuple(changed))


def _text(file: Path, option: str) -> "Text | NoText":
    from converter.pull_request import NoText, Text
    from converter.review import SIZE_LIMIT_BYTES

    try:
        with file.open("rb") as stream:
            data = stream.read(SIZE_LIMIT_BYTES + 1)
            return Text(data, max(os.fstat(stream.fileno()).st_size, len(data)))
    except OSError as error:
        return NoText(f"{error.strerror}; expected a registry, name another one with {option}")


def _paths_in(file: Path | None) -> list[str]:
    """Paths with NULs behind them; or one a line, where git has put odd ones in quotes, which ends them elsewhere."""
    if file is None:
        return []
    try:
        with file.open("rb") as stream:
            text = stream.read(_MAX_PATHS_BYTES).decode(errors="backslashreplace")
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}; expected the list of changed paths") from error
    return [path for path in (text.split("\0") if "\0" in text else text.splitlines()) if path]
