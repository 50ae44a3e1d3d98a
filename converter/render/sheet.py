"""A contact sheet: fixed prompts and seeds, so that two releases can be compared, the settings below each image."""

from collections.abc import Iterator, Sequence

from PIL import Image, ImageDraw, ImageFont

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
    width, height = max(pictures[0].width, 256), pictures[0].height
    cell = (width + _GAP, height + _CAPTION + _GAP)
    rows = -(-len(pictures) // _COLUMNS)
    page = Image.new("RGB", (_COLUMNS * cell[0] + _GAP, rows * cell[1] + _GAP), _PAPER)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(12)
    for number, (picture, job) in enumerate(zip(pictures, jobs, strict=True)):
        left, top = _GAP + number % _COLUMNS * cell[0], _GAP + number // _COLUMNS * cell[1]
        page.paste(picture, (left, top))
        draw.multiline_text((left, top + height + 4), "\n".join(_caption(job, width)), _INK, font)
    return page


def _caption(job: Job, width: int) -> Iterator[str]:
    text, letters = job.as_text(), _LINE * width // 256
    prompt = text["prompt"]
    yield prompt if len(prompt) <= letters else f"{prompt[: letters - 1]}…"
    yield f"seed {text['seed']}, {text['steps']} steps, guidance {text['guidance']}"
    yield text["size"]
