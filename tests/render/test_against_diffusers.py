"""The same weights, prompts, noise and images in diffusers' own pipelines and here: the same latents and image."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.parity.compare import difference
from converter.progress import silent
from converter.render import ImageToImage, Inpainting, Job, RenderModel, Settings, Task, TextToImage
from converter.render.denoise import Plan
from converter.render.graph import graphs_of
from converter.render.run import Studio
from tests.render.conftest import Opened
from tests.support.family.schedulers import DDIM_V, EULER, EULER_ANCESTRAL, LCM
from tests.support.fixtures_family import FamilyFiles

# diffusers' Euler schedulers call numpy in a way that numpy will change.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
LIMIT_DB = 110.0
"""Of the latents behind the last step: what is left is how each adds up float32, many times over."""
SETTINGS = Settings("a red fox in the snow", "blurry", seed=3, steps=3, guidance=6.0, width=48, height=32)
SIZE = {"height": SETTINGS.height, "width": SETTINGS.width}

Array = np.ndarray[Any, Any]


@cache
def torch_pipeline(class_name: str, folder: Path) -> Any:
    """A pipeline of diffusers with the model's own weights."""
    import diffusers

    checker = {} if "XL" in class_name else {"safety_checker": None, "requires_safety_checker": False}
    made = getattr(diffusers, class_name).from_pretrained(folder, local_files_only=True, **checker)
    made.set_progress_bar_config(disable=True)
    return made


def with_scheduler(pipeline: Any, config: dict[str, Any]) -> Any:
    import diffusers

    pipeline.scheduler = getattr(diffusers, config["_class_name"]).from_config(config)
    return pipeline


def picture() -> Array:
    """An image with something in each place, float32, (1, 3, 32, 48), from -1 to 1."""
    ramp = np.linspace(-1, 1, 48, dtype=np.float32)
    return np.stack([np.tile(ramp, (32, 1)), np.tile(-ramp, (32, 1)), np.full((32, 48), 0.25, np.float32)])[None]


def left_half() -> Array:
    mask = np.zeros((1, 1, 32, 48), np.float32)
    mask[..., :20] = 1
    return mask


def planned(model: RenderModel, job: Job) -> tuple[Studio, Plan]:
    """A plan whose noise is what torch's generator draws first, which the pipelines cannot be given."""
    import torch

    studio = Studio(model, graphs_of(model.folder, "cpu"), silent)
    (plan,) = studio.plans([job])
    noise = torch.randn(plan.noise.shape, generator=torch.Generator().manual_seed(job.settings.seed)).numpy()
    return studio, replace(plan, noise=noise)


def rendered(model: RenderModel, task: Task, settings: Settings = SETTINGS) -> Array:
    job = Job(settings, task)
    studio, plan = planned(model, job)
    (latents,) = studio.latents([job], [plan])
    return latents


def asked(settings: Settings = SETTINGS) -> dict[str, Any]:
    return {
        "prompt": settings.prompt,
        "negative_prompt": settings.negative or None,
        "num_inference_steps": settings.steps,
        "guidance_scale": settings.guidance,
        "output_type": "latent",
    }


def from_noise(settings: Settings = SETTINGS) -> dict[str, Any]:
    """The noise of `planned`, handed over, so that the generator is left for the scheduler."""
    import torch

    shape = (1, 4, settings.height // 2, settings.width // 2)
    latents = torch.randn(shape, generator=torch.Generator().manual_seed(settings.seed))
    return {**SIZE, "latents": latents, "generator": torch.Generator().manual_seed(settings.seed)}


def from_image(pipeline: Any, image: Array) -> dict[str, Any]:
    """The image as latents: the mean of what torch's encoder says, as a pipeline would draw a sample of it."""
    import torch

    return {"image": encoded(pipeline, image), "generator": torch.Generator().manual_seed(SETTINGS.seed)}


def encoded(pipeline: Any, image: Array) -> Any:
    import torch

    with torch.inference_mode():
        return pipeline.vae.encode(torch.from_numpy(image)).latent_dist.mode() * pipeline.vae.config.scaling_factor


def from_mask(pipeline: Any) -> dict[str, Any]:
    import torch

    mask = left_half()
    masked = encoded(pipeline, np.where(mask < 0.5, picture(), np.float32(0)))
    given = {"mask_image": torch.from_numpy(mask), "masked_image_latents": masked}
    return {**SIZE, **from_image(pipeline, picture()), **given}


def require_same(found: Array, expected: Any) -> None:
    measured = difference(found, expected.images.numpy(), "latents")
    assert measured.psnr_db >= LIMIT_DB


@pytest.mark.parametrize(
    "settings",
    [SETTINGS, replace(SETTINGS, guidance=1.0), replace(SETTINGS, negative="")],
    ids=["both", "alone", "one"],
)
def test_text_to_image_is_what_diffusers_makes(pico_model: RenderModel, pico_folder: Path, settings: Settings) -> None:
    pipeline = torch_pipeline("StableDiffusionPipeline", pico_folder)
    pipeline = with_scheduler(pipeline, dict(pico_model.scheduler))

    require_same(rendered(pico_model, TextToImage(), settings), pipeline(**asked(settings), **from_noise()))


@pytest.mark.parametrize("config", [DDIM_V, EULER, EULER_ANCESTRAL, LCM], ids=lambda config: config["_class_name"])
def test_each_scheduler_and_prediction_is_that_of_the_config(
    pico_model: RenderModel, pico_folder: Path, config: dict[str, Any]
) -> None:
    pipeline = with_scheduler(torch_pipeline("StableDiffusionPipeline", pico_folder), config)

    found = rendered(replace(pico_model, scheduler=config), TextToImage())

    require_same(found, pipeline(**asked(), **from_noise()))


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_image_to_image_is_what_diffusers_makes(pico_model: RenderModel, pico_folder: Path, strength: float) -> None:
    pipeline = torch_pipeline("StableDiffusionImg2ImgPipeline", pico_folder)

    found = rendered(pico_model, ImageToImage(picture(), strength))

    require_same(found, pipeline(**asked(), **from_image(pipeline, picture()), strength=strength))


@pytest.mark.parametrize("strength", [0.5, 1.0])
def test_inpainting_with_a_plain_unet_is_what_diffusers_makes(
    pico_model: RenderModel, pico_folder: Path, strength: float
) -> None:
    pipeline = with_scheduler(torch_pipeline("StableDiffusionInpaintPipeline", pico_folder), EULER)

    found = rendered(replace(pico_model, scheduler=EULER), Inpainting(picture(), left_half(), strength))

    require_same(found, pipeline(**asked(), **from_mask(pipeline), strength=strength))


@pytest.mark.slow
def test_inpainting_with_nine_channels_is_what_diffusers_makes(opened: Opened, family_files: FamilyFiles) -> None:
    pipeline = torch_pipeline("StableDiffusionInpaintPipeline", family_files.model("sd1-inpaint", "diffusers"))

    found = rendered(opened("sd1-inpaint"), Inpainting(picture(), left_half(), 1.0))

    require_same(found, pipeline(**asked(), **from_mask(pipeline), strength=1.0))


@pytest.mark.parametrize("settings", [SETTINGS, replace(SETTINGS, negative="")], ids=["negative", "none"])
def test_xl_with_both_encoders_and_sizes_is_what_diffusers_makes(
    opened: Opened, family_files: FamilyFiles, settings: Settings
) -> None:
    pipeline = torch_pipeline("StableDiffusionXLPipeline", family_files.model("sdxl", "diffusers"))

    require_same(rendered(opened("sdxl"), TextToImage(), settings), pipeline(**asked(settings), **from_noise()))


def test_xl_from_an_image_is_what_diffusers_makes(opened: Opened, family_files: FamilyFiles) -> None:
    pipeline = torch_pipeline("StableDiffusionXLImg2ImgPipeline", family_files.model("sdxl", "diffusers"))

    found = rendered(opened("sdxl"), ImageToImage(picture(), 0.5))

    require_same(found, pipeline(**asked(), **from_image(pipeline, picture()), strength=0.5))


@pytest.mark.slow  # a UNet that no other quick test has
def test_a_latent_consistency_model_is_told_its_guidance_as_diffusers_tells_it(
    opened: Opened, family_files: FamilyFiles
) -> None:
    pipeline = torch_pipeline("LatentConsistencyModelPipeline", family_files.model("sd1-lcm", "diffusers"))
    words = {name: value for name, value in asked().items() if name != "negative_prompt"}

    require_same(rendered(opened("sd1-lcm"), TextToImage()), pipeline(**words, **from_noise()))


def test_the_picture_is_that_of_diffusers_to_one_level_of_brightness(
    pico_model: RenderModel, pico_folder: Path
) -> None:
    pipeline = torch_pipeline("StableDiffusionPipeline", pico_folder)
    pipeline = with_scheduler(pipeline, dict(pico_model.scheduler))
    studio, plan = planned(pico_model, Job(SETTINGS, TextToImage()))

    (found,) = studio.pictures(studio.latents([Job(SETTINGS, TextToImage())], [plan]))

    expected = pipeline(**{**asked(), "output_type": "np"}, **from_noise()).images[0]
    assert found.size == (SETTINGS.width, SETTINGS.height)
    assert np.abs(np.asarray(found, np.float32) - expected * 255).max() <= 1
    assert np.asarray(found).std() > 10  # there is something on it
