"""Reading the registry file, and saying what is wrong with it."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from converter.cli.output import note
from converter.errors import ExitCode

if TYPE_CHECKING:
    from converter.registry import Registry

_MAX_BYTES = (64 << 20) + 1
"""One more than the registry room takes, so that it says what is too large."""


def read_registry(path: Path) -> "Registry":
    """The registry in a file, with its findings.

    Raises:
        typer.Exit: the file cannot be read.
    """
    from converter.registry import load_registry

    return load_registry(read_registry_file(path), str(path))


def read_registry_file(path: Path) -> bytes:
    """The bytes of a registry file, as many as are needed to see that it is too large.

    Raises:
        typer.Exit: the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(_MAX_BYTES)
    except OSError as error:
        note(f"{path}: {error.strerror}; expected a registry, name another one with --registry")
        raise typer.Exit(ExitCode.FAILED) from error


def valid_registry(path: Path) -> "Registry":
    """The registry in a file, if nothing in it is wrong; warnings are printed.

    Raises:
        RegistryError: it has errors.
        typer.Exit: the file cannot be read.
    """
    registry = read_registry(path).require_valid()
    for finding in registry.warnings:
        note(str(finding))
    return registry
