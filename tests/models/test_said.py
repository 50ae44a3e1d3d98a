"""What an entry says about its model, against what the model is: a contradiction shows both."""

import pytest

from converter.models import ModelError, Said, open_model
from converter.models.architectures import FAMILIES, Architecture, architecture_of
from converter.models.said import require_agreed
from tests.support.fixtures_family import FamilyFiles, original_shapes
from tests.support.shapes_files import fresh_key_maps, place_of

CHANNELS = {"": 4, "-inpaint": 9, "-pix2pix": 8}


def architecture(name: str) -> Architecture:
    family = next(family for family in ("sdxl-refiner", "sdxl", "sd-x4-upscaler", "sd2", "sd1") if family in name)
    ending = name.removeprefix(family)
    channels = 7 if family == "sd-x4-upscaler" else CHANNELS[ending.removesuffix("-lcm")]
    return architecture_of(FAMILIES[family], channels, distilled=ending.endswith("-lcm"), where="x")


def refused(said: Said, name: str) -> str:
    with pytest.raises(ModelError) as caught:
        require_agreed(said, architecture(name), "model")
    return str(caught.value)


AGREED = [
    (Said(), "sd1"),
    (Said(version="v1"), "sd1-inpaint"),
    (Said(version="v2"), "sd2"),
    (Said(version="v2.1"), "sd2"),
    (Said(version="v2"), "sd-x4-upscaler"),
    (Said(pipeline="txt2img"), "sd1"),
    (Said(pipeline="img2img"), "sd2"),
    (Said(pipeline="txt2img"), "sd1-lcm"),
    (Said(pipeline="inpaint"), "sd1-inpaint"),
    (Said(pipeline="inpaint"), "sdxl-inpaint"),
    (Said(pipeline="pix2pix"), "sd1-pix2pix"),
    (Said(pipeline="upscale"), "sd-x4-upscaler"),
    (Said(pipeline="txt2img-sdxl"), "sdxl"),
    (Said(pipeline="txt2img-sdxl"), "sdxl-lcm"),
    (Said(pipeline="img2img-sdxl"), "sdxl-refiner"),
    (Said(control=True), "sd1"),
    (Said(control=True), "sdxl-inpaint"),
]


@pytest.mark.parametrize(("said", "name"), AGREED, ids=str)
def test_what_agrees_passes(said: Said, name: str) -> None:
    require_agreed(said, architecture(name), "model")


@pytest.mark.parametrize(
    ("version", "name", "title"),
    [
        ("v1", "sd2", "Stable Diffusion 2.x"),
        ("v1", "sdxl", "Stable Diffusion XL"),
        ("v2", "sd1", "Stable Diffusion 1.x"),
        ("v2.1", "sd1-inpaint", "Stable Diffusion 1.x inpainting"),
        ("v2.1", "sd-x4-upscaler", "Stable Diffusion x4 upscaler"),
    ],
)
def test_another_version_is_refused_with_both(version: str, name: str, title: str) -> None:
    assert refused(Said(version=version), name) == (
        f"model: `version` is {version}, the weights are those of {title}; correct the entry"
    )


@pytest.mark.parametrize(
    ("pipeline", "name"),
    [
        ("inpaint", "sd1"),
        ("inpaint", "sdxl-pix2pix"),
        ("pix2pix", "sd1-inpaint"),
        ("upscale", "sd2"),
        ("txt2img-sdxl", "sd1"),
        ("txt2img-sdxl", "sdxl-refiner"),
        ("img2img-sdxl", "sd2"),
    ],
)
def test_another_pipeline_is_refused_with_both(pipeline: str, name: str) -> None:
    message = refused(Said(pipeline=pipeline), name)

    assert message.startswith(f"model: `pipeline` is {pipeline}, the weights are those of {architecture(name).title} (")
    assert f"({name}); correct the entry" in message


@pytest.mark.parametrize("name", ["sd-x4-upscaler", "sdxl-refiner"])
def test_a_unet_for_controlnets_that_there_are_none_of_is_refused(name: str) -> None:
    assert refused(Said(control=True), name) == (
        f"model: `control` is true, there are no ControlNets for {architecture(name).title}; remove it"
    )


CONTRADICTIONS = [
    (Said(version="v2"), "sd1", "`version` is v2, the weights are those of Stable Diffusion 1.x"),
    (Said(pipeline="inpaint"), "sdxl", "`pipeline` is inpaint, the weights are those of Stable Diffusion XL (sdxl)"),
    (Said(control=True), "sdxl-refiner", "`control` is true, there are no ControlNets for Stable Diffusion XL refiner"),
]


@pytest.mark.parametrize(("said", "name", "words"), CONTRADICTIONS, ids=str)
def test_an_original_file_is_held_against_its_entry(said: Said, name: str, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_model(place_of(original_shapes(name)), fresh_key_maps(), said)

    assert str(caught.value).startswith(f"model.safetensors: {words}")


@pytest.mark.parametrize(("said", "name", "words"), CONTRADICTIONS, ids=str)
def test_a_folder_is_held_against_its_entry(family_files: FamilyFiles, said: Said, name: str, words: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_model(family_files.model(name, "diffusers"), fresh_key_maps(), said)

    assert str(caught.value).startswith(f"{name}-diffusers: {words}")
