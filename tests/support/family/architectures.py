"""The architectures of the family: each is a table of configs, and one that makes them small."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.family import encoders, schedulers, shrunk, unets
from tests.support.family.model import Config, FamilyModel


@dataclass(frozen=True)
class Architecture:
    """What a model of this kind consists of at its real size, and how small it can be."""

    pipeline: str
    unet: Config
    vae: Config
    text: Mapping[str, Config]
    scheduler: Config
    small_unet: Config
    """Fields that a tiny one has instead."""
    unet_changes: Config = field(default_factory=dict)
    """What sets a variant apart from its base, at any size."""
    low_res_scheduler: Config | None = None
    index: Config = field(default_factory=dict)


def _sd1(pipeline: str, scheduler: Config, **unet: Any) -> Architecture:
    text, index = {"text_encoder": encoders.CLIP_L}, {"requires_safety_checker": False}
    return Architecture(
        pipeline, unets.SD1, encoders.VAE, text, scheduler, shrunk.UNET_SD1, unet_changes=unet, index=index
    )


def _sd2(pipeline: str, base: Config, scheduler: Config, **unet: Any) -> Architecture:
    text, index = {"text_encoder": encoders.OPEN_CLIP_H}, {"requires_safety_checker": False}
    vae = {**encoders.VAE_SD2, "sample_size": base["sample_size"] * 8}
    return Architecture(pipeline, base, vae, text, scheduler, shrunk.UNET_SD2, unet_changes=unet, index=index)


def _sdxl(pipeline: str, scheduler: Config, index: Config, **unet: Any) -> Architecture:
    text = {"text_encoder": encoders.CLIP_L, "text_encoder_2": encoders.OPEN_CLIP_BIG_G}
    return Architecture(
        pipeline, unets.SDXL, encoders.VAE_SDXL, text, scheduler, shrunk.UNET_SDXL, unet_changes=unet, index=index
    )


_BASE = {"force_zeros_for_empty_prompt": True}

ARCHITECTURES: Mapping[str, Architecture] = {
    "sd1": _sd1("StableDiffusionPipeline", schedulers.PNDM),
    "sd1-inpaint": _sd1("StableDiffusionInpaintPipeline", schedulers.DDIM, **unets.INPAINT),
    "sd1-pix2pix": _sd1("StableDiffusionInstructPix2PixPipeline", schedulers.EULER_ANCESTRAL, **unets.PIX2PIX),
    "sd1-lcm": _sd1("LatentConsistencyModelPipeline", schedulers.LCM, **unets.LCM, sample_size=96),
    "sd2-base": _sd2("StableDiffusionPipeline", unets.SD2_BASE, schedulers.PNDM),
    "sd2": _sd2("StableDiffusionPipeline", unets.SD2, schedulers.DDIM_V),
    "sd2-inpaint": _sd2("StableDiffusionInpaintPipeline", unets.SD2_BASE, schedulers.PNDM, **unets.INPAINT),
    "sd-x4-upscaler": Architecture(
        "StableDiffusionUpscalePipeline",
        unets.X4_UPSCALER,
        encoders.VAE_X4_UPSCALER,
        {"text_encoder": encoders.OPEN_CLIP_H},
        schedulers.DDIM_X4_UPSCALER,
        shrunk.UNET_X4_UPSCALER,
        low_res_scheduler=schedulers.DDPM_LOW_RES,
        index={"max_noise_level": 350},
    ),
    "sdxl": _sdxl("StableDiffusionXLPipeline", schedulers.EULER, _BASE),
    "sdxl-inpaint": _sdxl(
        "StableDiffusionXLInpaintPipeline",
        schedulers.EULER,
        {**_BASE, "requires_aesthetics_score": False},
        **unets.INPAINT,
    ),
    "sdxl-pix2pix": _sdxl("StableDiffusionXLInstructPix2PixPipeline", schedulers.EULER, _BASE, **unets.PIX2PIX),
    "sdxl-lcm": _sdxl("StableDiffusionXLPipeline", schedulers.LCM, _BASE, **unets.LCM),
    "sdxl-refiner": Architecture(
        "StableDiffusionXLImg2ImgPipeline",
        unets.SDXL_REFINER,
        encoders.VAE_SDXL,
        {"text_encoder_2": encoders.OPEN_CLIP_BIG_G},
        schedulers.EULER,
        shrunk.UNET_SDXL_REFINER,
        index={"force_zeros_for_empty_prompt": False, "requires_aesthetics_score": True},
    ),
}
"""Architecture name to its table."""


def tiny(architecture: str, seed: int = 0, dtype: str = "float32") -> FamilyModel:
    """A model of a few million parameters that has all that its architecture has, made in about a second.

    Args:
        architecture: a key of `ARCHITECTURES`.
        seed: other numbers for each.
        dtype: of every parameter, such as `float16` and `bfloat16`.
    """
    table = ARCHITECTURES[architecture]
    text = {part: shrunk.text_encoder(config) for part, config in table.text.items()}
    unet = shrunk.unet({**table.unet, **table.small_unet}, text)
    return _model(architecture, {**text, "unet": unet, "vae": shrunk.vae(table.vae)}, seed, dtype)


def full(architecture: str, seed: int = 0, dtype: str = "float32") -> FamilyModel:
    """A model of the real size; write it sparse, or tensor by tensor."""
    table = ARCHITECTURES[architecture]
    return _model(architecture, {**table.text, "unet": table.unet, "vae": table.vae}, seed, dtype)


def _model(architecture: str, configs: Mapping[str, Config], seed: int, dtype: str) -> FamilyModel:
    table = ARCHITECTURES[architecture]
    low_res = {"low_res_scheduler": table.low_res_scheduler} if table.low_res_scheduler else {}
    return FamilyModel(
        architecture=architecture,
        pipeline=table.pipeline,
        configs={**configs, "unet": {**configs["unet"], **table.unet_changes}},
        schedulers={"scheduler": table.scheduler, **low_res},
        index=table.index,
        seed=seed,
        dtype=dtype,
    )
