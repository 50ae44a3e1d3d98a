"""`render`: an image from a release."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from converter.cli.options import (
    HUB,
    REGISTRY,
    AllowYankedOption,
    CacheOption,
    HubOption,
    JsonOption,
    Place,
    RegistryOption,
    default_cache,
)
from converter.cli.output import say, say_json
from converter.cli.progress_display import shown
from converter.cli.rendering import Asked, Finder, Maker
from converter.cli.step_clock import StepClock, peak_bytes
from converter.files import write_atomically
from converter.release.card_text import readable_size

_MAX_SEED = 2**63 - 1


def render(
    release: Annotated[
        str, typer.Argument(metavar="NAME[.vN]|FOLDER", help="A release of the hub, or the folder of one.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE.png", help="Where the image goes.")],
    prompt: Annotated[str | None, typer.Option("--prompt", "-p", metavar="TEXT", help="What it shows.")] = None,
    negative: Annotated[str, typer.Option("--negative", metavar="TEXT", help="What it should not show.")] = "",
    seed: Annotated[int, typer.Option("--seed", min=0, max=_MAX_SEED, help="The same one gives the same image.")] = 0,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, max=1000, help="Steps.", show_default="25, LCM 4")
    ] = None,
    guidance: Annotated[
        float | None,
        typer.Option("--guidance", min=0, help="How much the prompt counts.", show_default="7.5, XL 5, LCM 8"),
    ] = None,
    size: Annotated[
        str | None,
        typer.Option("--size", metavar="WxH", help="In pixels.", show_default="that of --image, or the model's"),
    ] = None,
    image: Annotated[
        Path | None, typer.Option("--image", metavar="FILE", help="An image that is changed; scaled to --size.")
    ] = None,
    mask: Annotated[
        Path | None, typer.Option("--mask", metavar="FILE", help="White where the image is made anew, black where not.")
    ] = None,
    strength: Annotated[
        float | None,
        typer.Option(
            "--strength", min=0, max=1, help="How much of the image is changed.", show_default="0.8, with a mask 1"
        ),
    ] = None,
    device: Annotated[Literal["cpu", "cuda"], typer.Option("--device", help="What the graphs run on.")] = "cpu",
    sheet: Annotated[
        bool, typer.Option("--sheet", help="A contact sheet of fixed prompts and seeds instead of one image.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    registry: RegistryOption = REGISTRY,
    hub: HubOption = HUB,
    cache: CacheOption = None,
    allow_yanked: AllowYankedOption = False,
    as_json: JsonOption = False,
) -> None:
    """Make an image with a release: from a prompt, from an image, or anew within a mask.

    onnxruntime runs the graphs; the scheduler is the one of the release. The settings are written into the PNG, and
    the same ones give the same file on the same machine. A release of a hub elsewhere is downloaded once, to the cache.

    Example: onnx-registry render openjourney -p "a lighthouse" --seed 7 -o lighthouse.png
    """
    asked = Asked(prompt or "", negative, seed, steps, guidance, _size(size), image, mask, strength)
    _require_usage(asked, output, sheet=sheet, force=force)
    with shown() as report:
        clock = StepClock(report)
        found = Finder(Place(registry), cache or default_cache(), report, allow_yanked=allow_yanked)
        maker = Maker(found.folder(release, hub), device, clock)
        made = maker.sheet(steps) if sheet else maker.image(asked)
    write_atomically(output, made.png)
    if as_json:
        took = {"seconds_per_step": round(clock.seconds_per_step, 3), "peak_bytes": peak_bytes()}
        say_json({"file": str(output), **made.text, **took})
    else:
        took_words = f"{clock.seconds_per_step:.2f} s a step, at most {readable_size(peak_bytes())} of memory"
        say(f"{output}: made by {made.text['release']}, {took_words}")


def _require_usage(asked: Asked, output: Path, *, sheet: bool, force: bool) -> None:
    if output.suffix.lower() != ".png":
        raise typer.BadParameter(f"--output: found {output.name!r}, expected a name that ends in .png")
    if output.is_dir() or (output.exists() and not force):
        raise typer.BadParameter(f"--output: {output} is there already; name another file, or add --force")
    if sheet and asked != Asked(steps=asked.steps):
        raise typer.BadParameter(
            "--sheet: found settings of one image, expected --steps at most; it has its own prompts"
        )
    if not sheet and not asked.prompt.strip():
        raise typer.BadParameter("found no --prompt, expected one; or --sheet for a contact sheet")
    if asked.mask is not None and asked.image is None:
        raise typer.BadParameter("--mask: found no --image, expected the image that the mask is for")
    if asked.strength is not None and asked.image is None:
        raise typer.BadParameter("--strength: found no --image, expected the image that is changed so much")


def _size(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    width, _, height = text.lower().partition("x")
    if not all(re.fullmatch("[1-9][0-9]{0,5}", side) for side in (width, height)):
        raise typer.BadParameter(f"--size: found {text!r}, expected width and height in pixels, such as 768x512")
    return int(width), int(height)
