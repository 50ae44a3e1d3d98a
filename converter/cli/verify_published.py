"""The part of `verify` that is about every release of a hub."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from converter.canonical import JsonObject
from converter.cli.github_access import github_to_write
from converter.cli.options import Place
from converter.cli.output import note, say, say_json
from converter.cli.published_issues import keep_issues, steps_as_json
from converter.cli.registry_file import valid_registry
from converter.errors import ExitCode
from converter.registry import printable

if TYPE_CHECKING:
    from converter.audit import Audited
    from converter.github import GitHub


@dataclass(frozen=True)
class Wanted:
    """What is audited, and what is made of it."""

    names: list[str]
    """Of entries or releases; none for all."""
    registry: Path
    hub: str
    links: bool
    issues: bool
    """Whether each fault gets an issue."""


def verify_published(wanted: Wanted, *, as_json: bool) -> ExitCode:
    """Print what is wrong with the releases of a hub, a line a fault, or as JSON at the end; the exit code.

    Raises:
        typer.BadParameter: issues are wanted of a part, or without the variables that they need.
        GitHubError: GitHub refuses an issue or does not answer; the audit is printed by then, unless it is JSON.
    """
    from converter.audit import exit_code_of_audit

    github = _github(wanted) if wanted.issues else None
    found = []
    for each in _audited(wanted):
        found.append(each)
        if not as_json:
            _print(each)
    if not as_json:
        _print_sums(wanted.hub, found)
    filed = keep_issues(found, wanted.hub, github, links=wanted.links, as_json=as_json) if github else None
    if as_json:
        say_json({**_as_json(found), **({} if filed is None else {"issues": steps_as_json(filed)})})
    return exit_code_of_audit(found)


def _github(wanted: Wanted) -> GitHub:
    if wanted.names:
        # A fault that nobody looked for would seem to be gone, and its issue would be closed.
        raise typer.BadParameter("found names and --issues, expected --issues alone: issues are about all releases")
    return github_to_write("--issues")


def _audited(wanted: Wanted) -> Iterator[Audited]:
    from converter.audit import audit_links, audit_releases, look_by
    from converter.registry import placed_sources

    place = Place(wanted.registry)
    yield from audit_releases(place.store(wanted.hub), wanted.names)
    if wanted.links:
        sources = placed_sources(valid_registry(wanted.registry))
        names = {name.rpartition(".v")[0] or name for name in wanted.names}
        chosen = [placed for placed in sources if not names or placed.entry.name in names]
        yield from audit_links(chosen, look_by(place.workshop(None, None)))


def _print(each: Audited) -> None:
    from converter.audit import NoAnswer, PublishedFault

    match each:
        case PublishedFault(release=release, kind=kind, path=path, message=message):
            say(printable(f"{release}: {kind}: {path}{': ' if path else ''}{message}"))
        case NoAnswer(release=release, message=message):
            note(printable(f"{release}: {message}"))


def _print_sums(hub: str, found: list[Audited]) -> None:
    from converter.audit import NoAnswer, PublishedFault, Sound

    sound, faults, silent = (
        sum(isinstance(each, kind) for each in found) for kind in (Sound, PublishedFault, NoAnswer)
    )
    said = f", {silent} not known because a host did not answer" if silent else ""
    say(f"{hub}: {sound} releases as they were published, {faults} fault{'' if faults == 1 else 's'}{said}")


def _as_json(found: list[Audited]) -> JsonObject:
    from converter.audit import NoAnswer, PublishedFault, Sound

    faults: list[JsonObject] = [
        {"key": f.key, "release": f.release, "kind": str(f.kind), "path": f.path, "message": f.message}
        for f in found
        if isinstance(f, PublishedFault)
    ]
    silent: list[JsonObject] = [
        {"release": each.release, "message": each.message} for each in found if isinstance(each, NoAnswer)
    ]
    return {
        "sound": [each.release for each in found if isinstance(each, Sound)],
        "faults": faults,
        "unreachable": silent,
    }
