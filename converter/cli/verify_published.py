"""The part of `verify` that is about every release of a hub."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from converter.canonical import JsonObject
from converter.cli.options import Place
from converter.cli.output import note, say, say_json
from converter.cli.registry_file import read_registry_file, valid_registry
from converter.errors import ExitCode
from converter.registry import printable

if TYPE_CHECKING:
    from converter.audit import Audited


def verify_published(names: list[str], registry: Path, hub: str, *, links: bool, as_json: bool) -> ExitCode:
    """Print what is wrong with the releases of a hub, a line a fault, or as JSON at the end; the exit code."""
    from converter.audit import exit_code_of_audit

    found = []
    for each in _audited(names, registry, hub, links=links):
        found.append(each)
        if not as_json:
            _print(each)
    if as_json:
        say_json(_as_json(found))
    else:
        _print_sums(hub, found)
    return exit_code_of_audit(found)


def _audited(names: list[str], registry: Path, hub: str, *, links: bool) -> Iterator[Audited]:
    from converter.audit import audit_links, audit_releases, look_by
    from converter.registry import placed_sources

    place = Place(registry)
    yield from audit_releases(place.store(hub), names)
    if links:
        sources = placed_sources(valid_registry(registry), read_registry_file(registry).decode())
        wanted = {name.rpartition(".v")[0] or name for name in names}
        chosen = [placed for placed in sources if not names or placed.entry.name in wanted]
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
