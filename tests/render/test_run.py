"""What a model is asked for: refused if it does not fit, and the same for the same settings."""

from dataclasses import replace

import numpy as np
import pytest

from converter.progress import Progress, silent
from converter.render import (
    ImageToImage,
    Inpainting,
    Job,
    RenderError,
    RenderModel,
    Settings,
    Task,
    TextToImage,
    png_bytes,
    render,
    sheet,
    sheet_settings,
)
from converter.render.graph import graphs_of
from converter.render.memory import available_bytes, least_bytes, require_memory
from converter.render.run import Studio, require_fit

SETTINGS = Settings("a red fox", "", seed=1, steps=2, guidance=7.5, width=64, height=32)
IMAGE = np.zeros((1, 3, 32, 64), np.float32)
MASK = np.ones((1, 1, 32, 64), np.float32)


def refusal(model: RenderModel, settings: Settings = SETTINGS, task: Task | None = None) -> str:
    with pytest.raises(RenderError) as caught:
        render(model, [Job(settings, task or TextToImage())], "cpu", silent)
    return str(caught.value)


def test_the_same_settings_give_the_same_file_and_another_seed_another(pico_model: RenderModel) -> None:
    jobs = [Job(SETTINGS, TextToImage()), Job(SETTINGS, TextToImage()), Job(replace(SETTINGS, seed=2), TextToImage())]

    one, same, other = (png_bytes(picture, {"seed": "1"}) for picture in render(pico_model, jobs, "cpu", silent))

    assert one == same
    assert one != other


def test_each_step_is_reported(pico_model: RenderModel) -> None:
    seen: list[Progress] = []

    render(pico_model, [Job(SETTINGS, TextToImage())], "cpu", seen.append)

    assert [(p.done, p.total) for p in seen if p.unit == "steps"] == [
        (0, 3),
        (1, 3),
        (2, 3),
        (3, 3),
    ]  # PNDM has one more
    assert all(progress.task.startswith("pico.v1: ") for progress in seen)


def test_what_a_mask_keeps_is_the_image_to_the_last_bit_and_the_rest_is_made_anew(pico_model: RenderModel) -> None:
    mask = MASK.copy()
    mask[..., 32:] = 0
    jobs = [Job(SETTINGS, Inpainting(IMAGE, mask, 1.0))]
    studio = Studio(pico_model, graphs_of(pico_model.folder, "cpu"), silent)
    plans = studio.plans(jobs)

    (latents,) = studio.latents(jobs, plans)

    kept = plans[0].kept
    assert kept is not None
    np.testing.assert_array_equal(latents[..., 16:], kept.latents[..., 16:])
    assert np.abs(latents[..., :16] - kept.latents[..., :16]).mean() > 0.1


@pytest.mark.parametrize(("width", "height", "nearest"), [(66, 32, "64x32"), (64, 1, "64x4")])
def test_a_size_that_the_model_cannot_make_is_refused_with_the_nearest(
    pico_model: RenderModel, width: int, height: int, nearest: str
) -> None:
    said = refusal(pico_model, replace(SETTINGS, width=width, height=height))
    assert (
        f"{width}x{height} was asked for, pico.v1 makes multiples of 4 pixels; the nearest is --size {nearest}" in said
    )


def test_a_strength_that_leaves_no_step_is_refused_with_the_least(pico_model: RenderModel) -> None:
    said = refusal(pico_model, replace(SETTINGS, steps=4), ImageToImage(IMAGE, 0.2))
    assert "strength 0.2 of 4 steps is less than one step, expected at least one; raise --strength to 0.25" in said


def test_a_prompt_that_is_too_long_is_refused_and_not_cut(pico_model: RenderModel) -> None:
    assert render(pico_model, [Job(replace(SETTINGS, prompt="fox " * 75), TextToImage())], "cpu", silent)
    said = refusal(pico_model, replace(SETTINGS, prompt="fox " * 76))
    assert "begins 'fox fox fox fox fox fox fox fox fox fox ' has 76 tokens, expected at most 75; shorten it" in said


def test_an_inpainting_model_wants_an_image_and_a_mask(pico_model: RenderModel) -> None:
    model = replace(pico_model, unet={**pico_model.unet, "in_channels": 9})
    for task in (TextToImage(), ImageToImage(IMAGE, 0.5)):
        with pytest.raises(RenderError, match=r"takes an image and a mask; name both \(--image, --mask\)"):
            require_fit(model, Job(SETTINGS, task))
    require_fit(model, Job(SETTINGS, Inpainting(IMAGE, MASK, 1.0)))


def test_a_scheduler_that_diffusers_lacks_is_refused_by_name(pico_model: RenderModel) -> None:
    said = refusal(replace(pico_model, scheduler={"_class_name": "TardisScheduler"}))
    assert "found the class 'TardisScheduler', expected a scheduler of diffusers" in said


def test_a_size_beyond_memory_is_refused_before_anything_is_loaded(pico_model: RenderModel) -> None:
    seen: list[Progress] = []
    with pytest.raises(
        RenderError, match=r"one attention alone takes [0-9,]+\.\d GB, .* are available; choose a smaller"
    ):
        render(pico_model, [Job(replace(SETTINGS, width=40000, height=40000), TextToImage())], "cpu", seen.append)
    assert seen == []


def test_memory_is_counted_for_the_largest_attention(pico_model: RenderModel) -> None:
    places, heads, rows = (64 // 2) * (32 // 2), 8, 2
    needed = least_bytes(pico_model, SETTINGS)
    assert needed == rows * heads * places**2 * 4
    assert least_bytes(pico_model, replace(SETTINGS, guidance=1.0)) == needed // 2
    require_memory(pico_model, SETTINGS, needed)
    with pytest.raises(RenderError):
        require_memory(pico_model, SETTINGS, needed - 1)
    assert available_bytes() > needed


def test_a_device_that_is_not_there_is_one_clear_error(pico_model: RenderModel) -> None:
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        assert render(pico_model, [Job(SETTINGS, TextToImage())], "cuda", silent)
        return
    with pytest.raises(RenderError, match="expected CUDAExecutionProvider; install onnxruntime-gpu"):
        render(pico_model, [Job(SETTINGS, TextToImage())], "cuda", silent)


def test_a_sheet_shows_each_prompt_with_each_seed_in_so_many_steps_as_asked_for(pico_model: RenderModel) -> None:
    settings = sheet_settings(pico_model, 3)
    assert {each.steps for each in settings} == {3}
    assert {each.steps for each in sheet_settings(pico_model)} == {pico_model.default_steps}
    assert len({(each.prompt, each.seed) for each in settings}) == len(settings) == 8


def test_a_sheet_has_each_picture_with_room_for_its_settings(pico_model: RenderModel) -> None:
    jobs = [Job(replace(SETTINGS, seed=seed), TextToImage()) for seed in range(5)]

    page = sheet(render(pico_model, jobs, "cpu", silent), jobs)

    pixels = np.asarray(page.convert("L"))
    assert page.size == (4 * (256 + 16) + 16, 2 * (32 + 48 + 16) + 16)
    assert pixels[16:48, 16:80].std() > 0  # a picture
    assert pixels[50:96, 16:200].min() < 100  # its settings, in ink
