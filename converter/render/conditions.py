"""What the UNet is told beside the latents: the prompts, and for some models sizes, a score or the guidance."""

from collections.abc import Mapping

import numpy as np

from converter.render.job import Array, Settings
from converter.render.latents import guidance_embedding
from converter.render.model import RenderModel
from converter.render.text import Encoded

# What the refiner is told of the wanted and of the unwanted: the defaults of diffusers' pipeline.
# https://github.com/huggingface/diffusers/blob/v0.39.0/src/diffusers/pipelines/stable_diffusion_xl/pipeline_stable_diffusion_xl_img2img.py
_GOOD_SCORE = 6.0
_BAD_SCORE = 2.5


def is_guided(model: RenderModel, settings: Settings) -> bool:
    """Whether each step runs the negative prompt as well: not where the UNet itself is told the guidance."""
    return settings.guidance > 1 and model.guidance_width is None


def prompts_of(model: RenderModel, settings: Settings) -> tuple[str, ...]:
    """The prompts to be encoded."""
    return (settings.negative, settings.prompt) if is_guided(model, settings) else (settings.prompt,)


def conditions(model: RenderModel, settings: Settings, encoded: Mapping[str, Encoded]) -> dict[str, Array]:
    """Inputs of the UNet, float32, a row for each prompt: the negative one first, if it is run."""
    rows = [encoded[settings.prompt]]
    if is_guided(model, settings):
        rows.insert(0, _negative(model, settings, encoded))
    values = {"encoder_hidden_states": np.concatenate([row.states for row in rows])}
    pooled = [row.pooled for row in rows if row.pooled is not None]
    if pooled:
        values["text_embeds"] = np.concatenate(pooled)
        values["time_ids"] = _time_ids(model, settings, len(rows))
    if model.guidance_width is not None:
        values["timestep_cond"] = guidance_embedding(settings.guidance, model.guidance_width)
    return values


def _negative(model: RenderModel, settings: Settings, encoded: Mapping[str, Encoded]) -> Encoded:
    negative = encoded[settings.negative]
    return negative.zeros() if model.zeroes_empty_negative and not settings.negative else negative


def _time_ids(model: RenderModel, settings: Settings, rows: int) -> Array:
    """Original size, corner of the crop, and target size or score; (rows, 6) or (rows, 5)."""
    size = [float(settings.height), float(settings.width)]
    if not model.wants_aesthetic_score:
        return np.asarray([[*size, 0.0, 0.0, *size]] * rows, np.float32)
    scores = [_BAD_SCORE, _GOOD_SCORE][-rows:]
    return np.asarray([[*size, 0.0, 0.0, score] for score in scores], np.float32)
