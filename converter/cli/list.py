"""`list`: what is published?"""

from typing import TYPE_CHECKING, Annotated

import typer

from converter.canonical import JsonObject
from converter.cli.options import HUB, REGISTRY, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import note, say, say_json
from converter.cli.registry_file import valid_registry
from converter.garbage import no_search
from converter.registry import printable
from converter.release.card_text import readable_size

if TYPE_CHECKING:
    from pathlib import Path

    from converter.hub import IndexRow, PublishedState

OutdatedOption = Annotated[
    bool,
    typer.Option("--outdated", help="Only the newest releases that the registry, or this recipe, asks for anew."),
]


@no_search()
def list_releases(
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    outdated: OutdatedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Print every release of the hub: version, architecture, precision, whether it is fused, size and licence.

    Releases that are yanked, and models that the registry no longer has, are marked as such.

    Example: onnx-registry list --hub hf:org/zoo
    """
    from converter.hub import read_published

    state = read_published(Place(registry).store(hub))
    for line in state.notes:
        note(line)
    if outdated:
        _print_outdated(registry, state, as_json=as_json)
    elif as_json:
        say_json({"releases": [_object(row, state) for row in state.index.rows]})
    elif not state.index.rows:
        say(f"{hub}: nothing is published yet")
    else:
        _print_table([_cells(row, state) for row in state.index.rows])


def _print_outdated(registry: "Path", state: "PublishedState", *, as_json: bool) -> None:
    from converter.comparison import published_in
    from converter.outdated import outdated
    from converter.recipe import RECIPE

    found = list(outdated(valid_registry(registry).entries, published_in(state.index), RECIPE))
    if as_json:
        rows: list[JsonObject] = [
            {"name": o.name, "version": o.version, "tag": o.tag, "recipe": o.recipe, "reason": o.reason} for o in found
        ]
        say_json({"recipe": RECIPE, "outdated": rows})
    elif found:
        _print_table([(o.tag, printable(o.reason)) for o in found])
    else:
        note("nothing is outdated: the newest releases are what the registry asks for")


def _print_table(rows: list[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    say("\n".join(lines))  # at once: each is a call of the system


def _cells(row: "IndexRow", state: "PublishedState") -> tuple[str, ...]:
    marks = (
        row.license or "no licence given",
        f"yanked: {row.yanked}" if row.yanked else "",
        "retired" if row.name in state.ledger.retired else "",
    )
    cells = (row.tag, row.architecture, row.level, readable_size(row.size_bytes), ", ".join(filter(None, marks)))
    return tuple(map(printable, cells))


def _object(row: "IndexRow", state: "PublishedState") -> dict[str, str | int | bool | None]:
    return {
        "name": row.name,
        "version": row.version,
        "tag": row.tag,
        "commit": row.commit,
        "fingerprint": row.fingerprint,
        "recipe": row.recipe,
        "architecture": row.architecture,
        "precision": row.precision,
        "optimize": row.optimize,
        "license": row.license,
        "size_bytes": row.size_bytes,
        "yanked": row.yanked,
        "retired": row.name in state.ledger.retired,
    }
