"""The images of a release: where they are asked for and can be made, and what the folder then says of them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from converter.blending import Blended
from converter.models import KeyMaps, open_model
from converter.progress import silent
from converter.proof import Proof, ReferenceKind
from converter.release import CONTACT_SHEET, DIFFERENCE, FolderView, Manifest, model_card, verify
from converter.showing import is_shown, shown
from converter.workshop import Workshop
from tests.support.release_folders import copied, manifest_of, reissued

pytestmark = pytest.mark.slow

SHEET = Proof(sheet=True)


@pytest.fixture(scope="module")
def whole(pico_folder: Path, key_maps: KeyMaps) -> Iterator[Blended]:
    with open_model(pico_folder, key_maps) as model:
        yield Blended(model)


@pytest.fixture(scope="module")
def release(pico_release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny release, said to be for small images, so that they are made at once."""
    folder = copied(pico_release, tmp_path_factory.mktemp("shown") / "pico.v1")
    config = folder / "unet/config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "sample_size": 16}))
    return folder


@pytest.fixture(scope="module")
def images(release: Path, whole: Blended, cache: Path) -> Mapping[str, bytes]:
    workshop = Workshop(release, release, cache, access=None, proof=SHEET)  # type: ignore[arg-type]  # nothing is fetched
    return shown(release, manifest_of(release), whole, workshop, silent, steps=1)


def picture(data: bytes) -> Image.Image:
    return Image.open(BytesIO(data))


def test_there_are_a_contact_sheet_and_one_image_beside_that_of_pytorch(images: Mapping[str, bytes]) -> None:
    assert set(images) == {CONTACT_SHEET, DIFFERENCE}
    sheet, pair = (picture(images[path]) for path in (CONTACT_SHEET, DIFFERENCE))
    assert sheet.text["release"] == pair.text["release"] == "pico.v1"  # type: ignore[attr-defined]
    assert pair.text["seed"] == "1"  # type: ignore[attr-defined]
    assert sheet.width > pair.width


def test_a_release_with_images_is_whole_and_its_card_shows_them(
    pico_release: Path, images: Mapping[str, bytes], tmp_path: Path
) -> None:
    folder = reissued(copied(pico_release, tmp_path / "pico.v1"), images)
    manifest = verify(FolderView(folder)).manifest
    assert {CONTACT_SHEET, DIFFERENCE} < {file.path for file in manifest.files}
    card = model_card(manifest).decode()
    assert f"![Contact sheet]({CONTACT_SHEET})" in card
    assert f"]({DIFFERENCE})" in card
    assert "## What it makes" not in model_card(manifest_of(pico_release)).decode()


@pytest.mark.parametrize("proof", [Proof(), Proof(sheet=False, device="cpu")])
def test_without_being_asked_none_are_made(
    pico_release: Path, whole: Blended, workshop: Workshop, proof: Proof
) -> None:
    assert shown(pico_release, manifest_of(pico_release), whole, replace(workshop, proof=proof), silent) == {}


def test_what_makes_no_image_of_a_prompt_alone_has_none(pico_release: Path) -> None:
    manifest = manifest_of(pico_release)

    def of(architecture: str) -> Manifest:
        return replace(manifest, model=replace(manifest.model, architecture=architecture))

    assert [is_shown(of(name)) for name in ("sd1", "sdxl", "sd1-lcm")] == [True] * 3
    others = ("sd1-inpaint", "sdxl-refiner", "sd1-pix2pix", "sd1-controlnet", "sd-x4-upscaler")
    assert [is_shown(of(name)) for name in others] == [False] * 5


def test_where_pytorch_was_not_run_nothing_is_said_of_it(release: Path, whole: Blended, workshop: Workshop) -> None:
    proof = replace(SHEET, reference=ReferenceKind.FP32_ONNX)
    made = shown(release, manifest_of(release), whole, replace(workshop, proof=proof), silent, steps=1)
    assert set(made) == {CONTACT_SHEET}
