"""`entry`: a request for a model, as an entry of the registry."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from converter.cli.github_access import github_to_write
from converter.cli.options import REGISTRY, RegistryOption
from converter.cli.output import note, say_json
from converter.cli.registry_file import read_registry
from converter.cli.request_reply import not_a_request, post_reply, read_event
from converter.errors import ExitCode

_MAX_BYTES = 1 << 20
"""More than any body of an issue."""


def entry(
    from_issue: Annotated[
        Path | None,
        typer.Option(
            "--from-issue", metavar="FILE", help="The body of an issue made from the form.", show_default="none"
        ),
    ] = None,
    from_event: Annotated[
        Path | None,
        typer.Option(
            "--from-event",
            metavar="FILE",
            help="GitHub's event about such an issue: the file that GITHUB_EVENT_PATH names.",
            show_default="none",
        ),
    ] = None,
    registry: RegistryOption = REGISTRY,
    answer: Annotated[
        bool, typer.Option("--reply", help="Print a reply to the request in Markdown, whether it can be used or not.")
    ] = False,
    post: Annotated[
        bool,
        typer.Option(
            "--post",
            help="With --from-event: write the reply below the issue, always in the same comment (GITHUB_TOKEN).",
        ),
    ] = False,
) -> None:
    """Turn a request for a model, the body of an issue, into an entry that can be pasted into the registry.

    The entry is checked as the registry is, without a look at its sources. Exit code 1 if something in the request
    must be corrected; it is said field by field.

    With --post nothing of the issue is printed, an issue without the label `request` is left alone, and the exit code
    is 0 once the answer is there, whatever it says.

    Example: onnx-registry entry --from-issue body.md --reply
    """
    if (from_issue is None) == (from_event is None):
        raise typer.BadParameter("found both or none of --from-issue and --from-event, expected one of them")
    if post and (from_event is None or answer):
        raise typer.BadParameter(
            "found --post without --from-event, or with --reply; expected it with --from-event alone"
        )
    if from_event is None:
        _print(_read(from_issue or Path()), registry, answer=answer)
        return
    event = read_event(from_event)
    if not event.is_request:
        note(not_a_request(event.number))
    elif post:
        post_reply(event.number, read_registry(registry), github_to_write("--post"))
    else:
        _print(event.body, registry, answer=answer)


def _print(body: str, registry: Path, *, answer: bool) -> None:
    from converter.registry import printable
    from converter.request import Ready, reply, requested

    found = requested(body, read_registry(registry))
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
