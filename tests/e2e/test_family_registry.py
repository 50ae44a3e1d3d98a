"""A registry with more than Stable Diffusion 1.x in it, through the command line: XL, a ControlNet, another VAE."""

import json
from pathlib import Path

import pytest

from tests.support.command_line import Ran, run
from tests.support.family import tiny, write_vae_original
from tests.support.fixtures_family import FamilyFiles
from tests.support.registries import write_registry
from tests.support.tiny_release import contents_of

pytestmark = pytest.mark.slow

TAGS = ("tiny-xl.v1", "tiny-canny.v1", "tiny-other-vae.v1")


@pytest.fixture(scope="module")
def root(family_files: FamilyFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("repository")
    vae = write_vae_original(tiny("sd1", seed=5), root / "models" / "vae.safetensors")
    write_registry(
        root,
        {
            "name": "tiny-xl",
            "source": str(family_files.model("sdxl", "original")),
            "pipeline": "txt2img-sdxl",
            "control": True,
            "license": "mit",
        },
        {
            "name": "tiny-other-vae",
            "source": str(family_files.model("sd1", "diffusers")),
            "vae": f"./{vae.relative_to(root)}",
            "license": "mit",
        },
        networks=[
            {
                "name": "tiny-canny",
                "type": "control",
                "source": str(family_files.controlnet("sd1", "original")),
                "license": "mit",
            }
        ],
    )
    return root


@pytest.fixture(scope="module")
def released(root: Path, cache: Path) -> Ran:
    return run("release", "--cache", cache, "--hub", "file:hub", cwd=root)


def test_every_entry_becomes_a_release(released: Ran, root: Path) -> None:
    assert (released.code, released.err.count("failed")) == (0, 0), released.err
    index = json.loads((root / "hub/main/index.json").read_bytes())
    assert {release["tag"] for release in index["releases"]} == set(TAGS)


def test_they_are_listed(released: Ran, root: Path) -> None:
    listed = run("list", "--hub", "file:hub", cwd=root)

    assert listed.code == 0
    assert all(tag.partition(".")[0] in listed.out for tag in TAGS)


@pytest.mark.parametrize("tag", TAGS)
def test_each_verifies(released: Ran, root: Path, tag: str) -> None:
    assert run("verify", tag, "--hub", "file:hub", cwd=root).code == 0


def test_the_graphs_are_those_that_were_asked_for(released: Ran, root: Path) -> None:
    graphs = {tag: {path.parent.name for path in (root / "hub" / tag).glob("*/model.onnx")} for tag in TAGS}

    assert graphs["tiny-xl.v1"] == {"text_encoder", "text_encoder_2", "unet", "cnet", "vae_encoder", "vae_decoder"}
    assert graphs["tiny-canny.v1"] == {"controlnet"}
    assert graphs["tiny-other-vae.v1"] == {"text_encoder", "unet", "vae_encoder", "vae_decoder"}
    sources = json.loads((root / "hub/tiny-other-vae.v1/manifest.json").read_bytes())["sources"]
    assert [source["role"] for source in sources] == ["model", "vae"]


def test_a_second_run_does_nothing(released: Ran, root: Path, cache: Path) -> None:
    before = contents_of(root / "hub")

    again = run("release", "--cache", cache, "--hub", "file:hub", cwd=root)

    assert (again.code, again.out) == (0, "")
    assert contents_of(root / "hub") == before
