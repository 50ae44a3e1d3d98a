"""`inspect`: what is this file?"""

from typing import TYPE_CHECKING, Annotated

import typer

from converter.cli.options import REGISTRY, CacheOption, JsonOption, Place, RegistryOption
from converter.cli.output import say, say_json
from converter.cli.progress_display import shown
from converter.release.card import readable_size

if TYPE_CHECKING:
    from converter.inspection import Inspection


def inspect(
    source: Annotated[str, typer.Argument(metavar="FILE|SOURCE", help="A path, or a source as in the registry.")],
    registry: RegistryOption = REGISTRY,
    cache: CacheOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what a model is: architecture, layout, precision, size, and what its release will need.

    Only headers and configs of local files are read; what is on the web is downloaded first. Exit code 1, with the
    reason, if it could not be converted.

    Example: onnx-registry inspect models/my-model.safetensors
    """
    from converter.inspection import inspect_source
    from converter.registry import parse_source

    with shown() as report:
        found = inspect_source(parse_source(source), Place(registry).workshop(None, cache), report=report)
    if as_json:
        say_json(found.to_json())
    else:
        _print(found)


def _print(found: "Inspection") -> None:
    rows = [
        ("source", found.source),
        ("architecture", found.architecture),
        ("layout", found.layout),
        ("parameters", f"{found.parameters:,}"),
        ("stored as", ", ".join(f"{count} tensors {dtype}" for dtype, count in found.dtypes.items())),
        ("size", readable_size(found.size_bytes)),
        ("release", f"{readable_size(found.release_bytes)} as fp32"),
        ("left out", ", ".join(found.leftovers) or "nothing"),
        ("templates", "ready" if found.templates_ready else "to be traced, once for this architecture"),
    ]
    for title, value in rows:
        say(f"{title:<13} {value}")
