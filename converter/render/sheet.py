"""A contact sheet: fixed prompts and seeds, so that two releases can be compared, the settings below each image."""

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFont

from converter.render.job import Job, Settings
from converter.render.model import RenderModel

_PROMPTS = (
    "a portrait photo of an old fisherman, natural light",
    "a red bicycle leaning against a blue door",
    "a mountain lake at sunrise, mist, wide angle",
    "an illustration of a fox in a forest, flat colours",
)
_SEEDS = (1, 2)
_COLUMNS = 4
_GAP = 16
_CAPTION = 48
_PAPER, _INK = (255, 255, 255), (40, 40, 40)
_WHITE = 255
_LINE = 34
"""Letters in a line of a caption, for an image of 256 pixels; the default font is 6 to 7 pixels a letter at size 12."""


def sheet_settings(model: RenderModel, steps: int | None = None) -> list[Settings]:
    """The settings of each image, in the order of the sheet: a column for each prompt, a row for each seed.

    Args:
        model: whose size and guidance are taken.
        steps: of each image; `None` for those of the model.
    """
    size = model.default_size
    return [
        Settings(prompt, "", seed, model.default_steps if steps is None else steps, model.default_guidance, size, size)
        for seed in _SEEDS
        for prompt in _PROMPTS
    ]


def sheet(pictures: Sequence[Image.Image], jobs: Sequence[Job]) -> Image.Image:
    """All pictures on one, each above its settings.

    Args:
        pictures: of the same size.
        jobs: what each was made by, in the same order.
    """
    return _page(pictures, [list(_caption(job, _width(pictures[0]))) for job in jobs])


def beside(ours: Image.Image, theirs: Image.Image, job: Job) -> Image.Image:
    """An image of a release, that of PyTorch by the same settings, and how they differ, made bright enough to be seen.

    Args:
        ours: what onnxruntime made.
        theirs: what PyTorch made, of the same size.
        job: what both were made by.
    """
    difference = ImageChops.difference(ours, theirs)
    largest = int(np.asarray(difference).max())
    factor = _WHITE // largest if largest else 1
    brightened = difference.point(lambda level: level * factor)
    said = f"the difference, {factor} times as bright" if factor > 1 else "the difference"
    steps = list(_caption(job, _width(ours)))
    captions = [
        ["onnxruntime", *steps[:2]],
        ["PyTorch, from the same noise", *steps[:2]],
        [said, f"at most {largest} of {_WHITE} levels" if largest else "none: every pixel is equal"],
    ]
    return _page([ours, theirs, brightened], captions)


def _page(pictures: Sequence[Image.Image], captions: Sequence[Sequence[str]]) -> Image.Image:
    columns = min(_COLUMNS, len(pictures))
    width, height = _width(pictures[0]), pictures[0].height
    cell = (width + _GAP, height + _CAPTION + _GAP)
    rows = -(-len(pictures) // columns)
    page = Image.new("RGB", (columns * cell[0] + _GAP, rows * cell[1] + _GAP), _PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(12)
    for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        left, top = _GAP + number % columns * cell[0], _GAP + number // columns * cell[1]
        page.paste(picture, (left, top))
        draw.multiline_text((left, top + height + 4), "\n".join(caption), _INK, font)
    return page


def _width(picture: Image.Image) -> int:
    """Of a cell, in pixels: a caption needs some."""
    return max(picture.width, 256)


def _caption(job: Job, width: int) -> Iterator[str]:
    text, letters = job.as_text(), _LINE * width // 256
    prompt = text["prompt"]
    yield prompt if len(prompt) <= letters else f"{prompt[: letters - 1]}…"
    yield f"seed {text['seed']}, {text['steps']} steps, guidance {text['guidance']}"
    yield text["size"]
