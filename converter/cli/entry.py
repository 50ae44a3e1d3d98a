"""`entry`: a request for a model, as an entry of the registry."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from converter.cli.options import REGISTRY, RegistryOption
from converter.cli.output import note, say_json
from converter.cli.registry_file import read_registry
from converter.errors import ExitCode

_MAX_BYTES = 1 << 20
"""More than any body of an issue."""


def entry(
    from_issue: Annotated[
        Path, typer.Option("--from-issue", metavar="FILE", help="The body of an issue made from the form.")
    ],
    registry: RegistryOption = REGISTRY,
    answer: Annotated[
        bool, typer.Option("--reply", help="Print a reply to the request in Markdown, whether it can be used or not.")
    ] = False,
) -> None:
    """Turn a request for a model, the body of an issue, into an entry that can be pasted into the registry.

    The entry is checked as the registry is, without a look at its sources. Exit code 1 if something in the request
    must be corrected; it is said field by field.

    Example: onnx-registry entry --from-issue body.md --reply
    """
    from converter.registry import printable
    from converter.request import Ready, reply, requested

    found = requested(_read(from_issue), read_registry(registry))
    if answer:
        sys.stdout.write(reply(found))
    elif isinstance(found, Ready):
        say_json(found.entry)
    if isinstance(found, Ready):
        return
    if not answer:
        for mistake in found.mistakes:
            note(printable(str(mistake)))
    raise typer.Exit(ExitCode.FAILED)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(_MAX_BYTES).decode(errors="replace")
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}; expected the body of an issue") from error
