"""`validate`: is the registry right?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.canonical import JsonObject
from converter.cli.options import REGISTRY, AllowLocalOption, CacheOption, JsonOption, Place, RegistryOption
from converter.cli.output import note, say, say_json
from converter.cli.progress_display import shown
from converter.cli.registry_file import read_registry_file
from converter.errors import ExitCode
from converter.files import write_atomically

if TYPE_CHECKING:
    from converter.registry import Finding
    from converter.validation import Validation

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help="Entries for --online and --pin.", show_default="every entry"),
]
Online = Annotated[
    bool, typer.Option("--online", help="Look at the sources too: their headers and configs, not their weights.")
]
WritePins = Annotated[
    bool,
    typer.Option(
        "--pin",
        help="Write the commit or SHA-256 of each source into the file, keeping its formatting; a file whose host "
        "gives no digest is downloaded for it.",
    ),
]
RequirePins = Annotated[bool, typer.Option("--require-pins", help="Make an error of a source that is not pinned.")]


def validate(
    names: Names = None,
    registry: RegistryOption = REGISTRY,
    cache: CacheOption = None,
    online: Online = False,
    pin: WritePins = False,
    require_pins: RequirePins = False,
    allow_local: AllowLocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Check the registry and print everything that is wrong with it.

    Each finding has its file, line, column and JSON path. Nothing is asked over the network unless --online or --pin
    is given, and weights are downloaded by --pin alone, except Textual Inversions, which are small. --online checks
    an entry as a whole: its model against what it says, its VAE, LoRAs and inversions against its model, and tokens
    against each other. A source that can change is a warning: it is pinned by a commit of its Hub repository
    (`revision`) or by the `sha256` of its file. Exit code 1 if there is an error, 4 if the only errors are hosts that
    do not answer; warnings alone are no failure.

    Example: onnx-registry validate --online openjourney
    """
    from converter.validation import Checks, validate_registry

    checks = Checks(tuple(names or ()), online=online, pin=pin, require_pins=require_pins)
    data = read_registry_file(registry)
    place = Place(registry)
    with shown() as report:
        found = validate_registry(
            data, str(registry), checks, lambda: place.workshop(None, cache, allow_local=allow_local), report=report
        )
    if found.pinned:
        _write(registry, found.text)
    if as_json:
        say_json(_as_json(found))
    else:
        _print(found)
    if found.exit_code:
        raise typer.Exit(found.exit_code)


def _write(registry: Path, text: str) -> None:
    try:
        write_atomically(registry.resolve(), text.encode())
    except OSError as error:
        note(f"{registry}: {error.strerror}; expected a file that can be written, nothing was changed")
        raise typer.Exit(ExitCode.FAILED) from error


def _print(found: "Validation") -> None:
    from converter.registry import pin_line

    for placed, pin in found.pinned.items():
        say(f"pinned {placed.entry.name}, {placed.location.path}: {pin_line(placed, pin)}")
    for finding in found.findings:
        say(str(finding))
    errors, file = len(found.errors), found.registry.file
    sums = f"{_counted(errors, 'error')}, {_counted(len(found.findings) - errors, 'warning')}"
    if errors:
        say(f"{file}: {sums}")
    else:
        count = len(found.registry.entries)
        say(f"{file}: valid, {count} {'entry' if count == 1 else 'entries'}, {sums}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _as_json(found: "Validation") -> JsonObject:
    from converter.registry import pin_line

    return {
        "entries": len(found.registry.entries),
        "findings": [_object(finding) for finding in found.findings],
        "pinned": [
            {"name": placed.entry.name, "path": placed.location.path, "line": pin_line(placed, pin)}
            for placed, pin in found.pinned.items()
        ],
    }


def _object(finding: "Finding") -> dict[str, str | int]:
    return {
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "path": finding.path,
        "message": finding.message,
    }
