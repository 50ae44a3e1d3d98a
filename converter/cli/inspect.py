"""`inspect`: what is this file?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.inspection_rows import faults_of, rows_of
from converter.cli.options import REGISTRY, CacheOption, JsonOption, Place, RegistryOption
from converter.cli.output import note, say, say_json
from converter.cli.registry_file import valid_registry
from converter.errors import ExitCode

if TYPE_CHECKING:
    from converter.inspection import EntryInspection, Inspection
    from converter.registry import ControlEntry, DiffusionEntry


def inspect(
    source: Annotated[
        str | None, typer.Argument(metavar="FILE|SOURCE", help="A path, or a source as in the registry.")
    ] = None,
    entry: Annotated[
        str | None,
        typer.Option("--entry", metavar="NAME", help="In its place: all that an entry of the registry names."),
    ] = None,
    registry: RegistryOption = REGISTRY,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a file is, without downloading it: what it was made for, who made it, and what converting it takes.

    What it is, its content decides: a model, a ControlNet, a VAE, a LoRA (its dialect, algorithms, ranks, and the
    architecture that takes every key of it) or a Textual Inversion (its vectors, width and tokens, which begin with the
    file's name here, and in a release with the entry's). With --entry, all that an entry names is looked at, and has to
    fit its model; release, disk and memory are those of the whole.

    Of what is on the web only listings, configs and the headers of weight files are read, at most 5 MB of each file; a
    Textual Inversion is read whole if it has at most 32 MB. A server that does not support ranges is said to be one.
    Pickles are read as data, and refused if they ask for more than tensors. Memory is what the comparison with PyTorch
    takes at most (the largest component in float32, and the libraries); the conversion itself streams. Disk is the
    release and the download. Exit code 1, with the reason, if it could not be converted; 4 if its host does not answer.

    Example: onnx-registry inspect models/my-model.safetensors
    """
    from converter.inspection import inspect_entry, inspect_source
    from converter.registry import parse_source

    workshop = Place(registry).workshop(None, cache)
    found: Inspection | EntryInspection
    match source, entry:
        case str(), None:
            found = inspect_source(parse_source(source), workshop)
        case None, str():
            found = inspect_entry(_entry(entry, registry), workshop)
        case _:
            raise typer.BadParameter("expected FILE|SOURCE or --entry NAME, and not both")
    if as_json:
        say_json(found.to_json())
    else:
        for title, value in rows_of(found):
            say(f"{title:<13} {value}".rstrip())
    faults = faults_of(found)
    for fault in faults:
        note(fault)
    if faults:
        raise typer.Exit(ExitCode.FAILED)


def _entry(name: str, path: Path) -> "DiffusionEntry | ControlEntry":
    from converter.registry import ControlEntry, DiffusionEntry
    from converter.validation import require_known

    registry = valid_registry(path)
    require_known((name,), registry)
    found = next(entry for entry in registry.entries if entry.name == name)
    if not isinstance(found, DiffusionEntry | ControlEntry):
        raise typer.BadParameter(f"{name} is no model: give its source in the place of --entry")
    return found
