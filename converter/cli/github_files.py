"""The files that GitHub names in the environment of a step: its job summary and its outputs."""

import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

import typer

from converter.cli.output import note
from converter.errors import ExitCode

SUMMARY = "GITHUB_STEP_SUMMARY"
OUTPUT = "GITHUB_OUTPUT"


def require(variable: str) -> Path:
    """The file that an environment variable names.

    Raises:
        BadParameter: it names none, so this is no step of a workflow.
    """
    path = os.environ.get(variable)
    if not path:
        raise typer.BadParameter(f"found --github without {variable}, expected the file that GitHub names there")
    return Path(path)


def append_summary(path: Path, page: Callable[[int], str]) -> None:
    """Write a page at the end of a job summary.

    Args:
        path: of the summary.
        page: gives the page for the bytes that are left: GitHub drops a summary that is too large as a whole.
    """
    from converter.workflow import MAX_BYTES

    def text() -> str:
        return page(MAX_BYTES - (path.stat().st_size if path.exists() else 0))

    _append(path, text, SUMMARY)


def append_outputs(path: Path, outputs: Mapping[str, str]) -> None:
    """Set outputs of a step; a value may hold anything, for nobody can guess the line that ends it."""
    ends = {name: secrets.token_hex(16) for name in outputs}
    lines = [f"{name}<<{ends[name]}\n{value}\n{ends[name]}\n" for name, value in outputs.items()]
    _append(path, lambda: "".join(lines), OUTPUT)


def _append(path: Path, text: Callable[[], str], variable: str) -> None:
    try:
        with path.open("ab") as stream:
            stream.write(text().encode())
    except OSError as error:
        note(f"{path}: {error.strerror}; expected the file of {variable}, it is not written")
        raise typer.Exit(ExitCode.FAILED) from error
