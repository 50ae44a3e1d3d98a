"""Opening a release: what makes images is described, everything else is refused by what it is."""

from pathlib import Path

import pytest

from converter.render import RenderError, RenderModel, open_model
from tests.support.release_folders import copied, reissued
from tests.support.tiny_release import tiny_release


def refusal(folder: Path) -> str:
    with pytest.raises(RenderError) as caught:
        open_model(folder)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_a_release_says_what_it_was_made_for(pico_model: RenderModel) -> None:
    assert (pico_model.default_size, pico_model.latent_scale) == (128, 2)
    assert (pico_model.default_steps, pico_model.default_guidance) == (25, 7.5)
    assert pico_model.encoders == ("text_encoder",)
    assert pico_model.scheduler_name == "PNDMScheduler"


def test_a_folder_that_is_no_release_is_refused(tmp_path: Path) -> None:
    assert "found no manifest.json, expected the folder of a release; name one that `download`" in refusal(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert "found no manifest.json" in refusal(tmp_path / "nowhere")


def test_a_release_that_lacks_files_is_refused_with_their_names(tmp_path: Path) -> None:
    folder = tiny_release(tmp_path / "pico")
    (folder / "unet/model.onnx").unlink()
    assert "it lacks unet/model.onnx, which a release of this kind has; download it again" in refusal(folder)


@pytest.mark.parametrize(
    ("pipeline", "said"),
    [
        ("StableDiffusionUpscalePipeline", "found an upscaler, which makes a larger image of a small one; `render`"),
        ("StableDiffusionInstructPix2PixPipeline", "found an instruct-pix2pix model, which takes an instruction"),
    ],
)
def test_a_pipeline_that_needs_more_than_a_prompt_is_refused(tmp_path: Path, pipeline: str, said: str) -> None:
    folder = tiny_release(tmp_path / "pico")
    reissued(folder, manifest=lambda raw: raw["model"].update(pipeline=pipeline))
    assert said in refusal(folder)


def test_a_controlnet_is_refused(tmp_path: Path) -> None:
    folder = tiny_release(tmp_path / "canny")

    def as_controlnet(raw: dict[str, dict[str, object]]) -> None:
        raw["model"].update(title="a ControlNet", pipeline=None)
        raw["components"][0]["name"] = "controlnet"  # type: ignore[index]

    reissued(folder, manifest=as_controlnet)
    assert "found a ControlNet, which makes no image by itself" in refusal(folder)


def test_a_config_that_is_no_json_is_said_to_be_damaged(pico_release: Path, tmp_path: Path) -> None:
    from converter.release import ReleaseError

    folder = copied(pico_release, tmp_path / "pico")
    (folder / "scheduler/scheduler_config.json").write_bytes(b"{")
    with pytest.raises(ReleaseError, match=r"scheduler_config\.json: not JSON .*; download the release again"):
        open_model(folder)
