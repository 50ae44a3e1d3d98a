"""`validate`: is the registry right?"""

from typing import TYPE_CHECKING

import typer

from converter.cli.options import REGISTRY, JsonOption, RegistryOption
from converter.cli.output import say, say_json
from converter.cli.registry_file import read_registry
from converter.errors import ExitCode

if TYPE_CHECKING:
    from converter.registry import Finding, Registry


def validate(registry: RegistryOption = REGISTRY, as_json: JsonOption = False) -> None:
    """Check the registry and print everything that is wrong with it.

    Each finding has its file, line, column and JSON path. Nothing is downloaded. Exit code 1 if there is an error;
    warnings alone are no failure.

    Example: onnx-registry validate --registry registry/extras.json
    """
    found = read_registry(registry)
    if as_json:
        say_json({"entries": len(found.entries), "findings": [_object(finding) for finding in found.findings]})
    else:
        _print(found)
    if found.errors:
        raise typer.Exit(ExitCode.FAILED)


def _print(found: "Registry") -> None:
    for finding in found.findings:
        say(str(finding))
    sums = f"{_counted(len(found.errors), 'error')}, {_counted(len(found.warnings), 'warning')}"
    if found.errors:
        say(f"{found.file}: {sums}")
    else:
        say(f"{found.file}: valid, {len(found.entries)} {'entry' if len(found.entries) == 1 else 'entries'}, {sums}")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _object(finding: "Finding") -> dict[str, str | int]:
    return {
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "path": finding.path,
        "message": finding.message,
    }
