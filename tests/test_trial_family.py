"""The pipeline of each architecture on trial: in which figures it ends, or why there are none."""

from pathlib import Path

import pytest

from converter.convert import convert_entry
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.fixtures_family import FamilyFiles
from tests.support.registries import diffusion_entry
from tests.support.release_folders import manifest_of

pytestmark = pytest.mark.slow


def converted(source: Path, precision: str, cache: Path, root: Path) -> Path:
    workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
    return convert_entry(diffusion_entry(name="tiny", source=str(source), precision=precision), 1, workshop).folder


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("architecture", ["sd1", "sd1-inpaint", "sd1-lcm", "sdxl", "sdxl-refiner"])
def test_the_pipeline_is_that_of_pytorch_within_its_limits(
    family_files: FamilyFiles, architecture: str, precision: str, cache: Path, tmp_path: Path
) -> None:
    found = manifest_of(converted(family_files.model(architecture, "diffusers"), precision, cache, tmp_path)).pipeline
    assert found is not None
    assert found.latents_psnr_db is not None
    assert found.image_psnr_db is not None
    # Ten decibels inside: what float32 adds up in another order, and what float16 rounds off, on these models.
    assert found.latents_psnr_db >= found.limits["latents_db"] + 10, found
    assert found.image_psnr_db >= found.limits["image_db"] + 10, found


@pytest.mark.parametrize(
    ("architecture", "reason"),
    [
        ("sd1-pix2pix", "an instruct-pix2pix model, which takes an instruction and an image"),
        ("sd-x4-upscaler", "an upscaler, which makes a larger image of a small one"),
    ],
)
def test_a_pipeline_that_cannot_be_tried_here_is_recorded_as_such(
    family_files: FamilyFiles, architecture: str, reason: str, cache: Path, tmp_path: Path
) -> None:
    manifest = manifest_of(converted(family_files.model(architecture, "diffusers"), "fp32", cache, tmp_path))
    assert (manifest.pipeline, manifest.pipeline_absent) == (None, reason)
    assert all(component.parity for component in manifest.components)
