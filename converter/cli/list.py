"""`list`: what is published?"""

from typing import TYPE_CHECKING

from converter.cli.options import HUB, REGISTRY, HubOption, JsonOption, Place, RegistryOption
from converter.cli.output import note, say, say_json
from converter.release.card import readable_size

if TYPE_CHECKING:
    from converter.hub import IndexRow


def list_releases(registry: RegistryOption = REGISTRY, hub: HubOption = HUB, as_json: JsonOption = False) -> None:
    """Print every release of the hub: version, architecture, precision, size and licence.

    Example: onnx-registry list --hub hf:org/zoo
    """
    from converter.hub import read_published

    state = read_published(Place(registry).store(hub))
    for line in state.notes:
        note(line)
    if as_json:
        say_json({"releases": [_object(row) for row in state.index.rows]})
        return
    rows = [_cells(row) for row in state.index.rows]
    if not rows:
        say(f"{hub}: nothing is published yet")
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    for row in rows:
        say("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _cells(row: "IndexRow") -> tuple[str, ...]:
    state = f"{row.license or 'no licence given'}{f', yanked: {row.yanked}' if row.yanked else ''}"
    return (row.tag, row.architecture, row.precision, readable_size(row.size_bytes), state)


def _object(row: "IndexRow") -> dict[str, str | int | None]:
    return {
        "name": row.name,
        "version": row.version,
        "tag": row.tag,
        "commit": row.commit,
        "fingerprint": row.fingerprint,
        "recipe": row.recipe,
        "architecture": row.architecture,
        "precision": row.precision,
        "license": row.license,
        "size_bytes": row.size_bytes,
        "yanked": row.yanked,
    }
