"""`review`: what does a pull request mean?"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.canonical import JsonObject, JsonValue
from converter.cli.options import HUB, REGISTRY, AllowLocalOption, CacheOption, HubOption, JsonOption, Place
from converter.cli.output import note, say, say_json
from converter.cli.registry_file import read_registry_file
from converter.errors import ExitCode

if TYPE_CHECKING:
    from converter.pull_request import Proposal, Reviewed
    from converter.review import Concern

_SUMMARY = "GITHUB_STEP_SUMMARY"
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
Head = Annotated[Path, typer.Option("--head", metavar="FILE", help="The registry as it will be.")]
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
Online = Annotated[
    bool,
    typer.Option("--online", help="Look at new and changed sources: their headers and configs, not their weights."),
]
GitHub = Annotated[
    bool, typer.Option("--github", help=f"Print annotations, and append the job summary to the file {_SUMMARY} names.")
]


def review(
    base: Base = None,
    head: Head = REGISTRY,
    changed: Changed = None,
    changed_from: ChangedFrom = None,
    online: Online = False,
    github: GitHub = False,
    hub: HubOption = HUB,
    cache: CacheOption = None,
    allow_local: AllowLocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Say what a pull request means: is it right, what will it release, and must a person decide?

    The registry is checked and planned as it will be after the merge; the hub is only read, nothing is converted.
    Licences, names like another, yanks, renames, sources that move and large requests ask for a person. Exit code 1
    if something is wrong, else 3 if a person must decide, else 4 if a host does not answer.

    Example: onnx-registry review --base old.json --changed registry/extras.json --online
    """
    from converter.pull_request import NoLooks, WorkshopLooks, examine

    if github and as_json:
        raise typer.BadParameter("found --github and --json, expected one: both print on standard output")
    page_path = _summary_path() if github else None
    proposal = _proposal(base, head, [*(changed or ()), *_paths_in(changed_from)])
    place = Place(head)
    looks = WorkshopLooks(place.workshop(None, cache, allow_local=allow_local)) if online else NoLooks()
    found = examine(proposal, place.store(hub), looks)
    if page_path is not None:
        _print_for_github(found, page_path)
    elif as_json:
        say_json(_as_json(found))
    else:
        _print(found)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _summary_path() -> Path:
    path = os.environ.get(_SUMMARY)
    if not path:
        raise typer.BadParameter(f"found --github without {_SUMMARY}, expected the file that GitHub names there")
    return Path(path)


def _proposal(base: Path | None, head: Path, changed: list[str]) -> "Proposal":
    from converter.pull_request import Proposal

    data = read_registry_file(head, "--head")
    before = read_registry_file(base, "--base") if base is not None and base.exists() else None
    return Proposal(before, data, max(head.stat().st_size, len(data)), head.as_posix(), tuple(changed))


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


def _print_for_github(found: "Reviewed", path: Path) -> None:
    from converter.pull_request import annotations_of, page_of
    from converter.workflow import MAX_BYTES, annotation_lines, summary

    for line in annotation_lines(annotations_of(found)):
        say(line)
    try:
        written = path.stat().st_size if path.exists() else 0
        with path.open("ab") as stream:
            stream.write(summary(page_of(found), MAX_BYTES - written).encode())
    except OSError as error:
        note(f"{path}: {error.strerror}; expected the file of {_SUMMARY}, the summary is not written")
        raise typer.Exit(ExitCode.FAILED) from error


def _print(found: "Reviewed") -> None:
    from converter.plan_rendering import as_text
    from converter.pull_request import page_of

    for each in found.concerns:
        at = each.finding
        say(f"{at.file}:{at.line}:{at.column}: {each.weight}: {at.path}: {at.message}")
    for pin in page_of(found).pins:
        say(f"to paste into {pin.entry!r}, line {pin.line}: {pin.text}")
    if found.plan is not None:
        say(as_text(found.plan).rstrip("\n"))


def _as_json(found: "Reviewed") -> JsonObject:
    from converter.plan_rendering import as_json
    from converter.pull_request import page_of

    page = page_of(found)
    rows: list[JsonValue] = [
        {
            "entry": row.entry,
            "tag": row.release or None,
            "reason": row.reason,
            "source": row.source,
            "architecture": row.architecture or None,
            "download_bytes": row.download_bytes,
            "release_bytes": row.release_bytes,
            "blended": list(row.blended),
        }
        for row in page.releases
    ]
    return {
        "exit_code": int(found.exit_code),
        "concerns": [_object(each) for each in found.concerns],
        "releases": rows,
        "pins": [{"entry": pin.entry, "line": pin.line, "text": pin.text} for pin in page.pins],
        "plan": as_json(found.plan) if found.plan is not None else None,
    }


def _object(each: "Concern") -> JsonObject:
    at = each.finding
    where: JsonObject = {"file": at.file, "line": at.line, "column": at.column, "path": at.path}
    return {"weight": each.weight.value, "title": each.title, **where, "message": at.message}
