"""`render` through the real command line."""

import json
import re
from pathlib import Path

import pytest
from PIL import Image

from converter.cli.options import Place
from converter.cli.rendering import Finder
from converter.hub import open_hub, parse_hub, publish
from converter.progress import silent
from tests.support.command_line import run
from tests.support.loopback_hub import LoopbackHub
from tests.support.loopback_store import REPO, open_store, publish_now
from tests.support.release_folders import copied
from tests.support.tiny_release import contents_of, tiny_release

WANTED = ("--prompt", "a red fox", "--negative", "blurry", "--seed", "7", "--steps", "2", "--size", "64x32")


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with a picture, a mask, and a mask of another size."""
    Image.new("RGB", (64, 32), "navy").save(tmp_path / "sea.png")
    Image.new("L", (64, 32), 255).save(tmp_path / "all.png")
    Image.new("L", (32, 32), 255).save(tmp_path / "small.png")
    return tmp_path


@pytest.mark.slow  # two images; the next test makes one
def test_a_release_of_the_hub_and_its_folder_give_the_same_file(pico_release: Path, tmp_path: Path) -> None:
    store = open_hub(parse_hub("file:hub"), endpoint=None, token=None, root=tmp_path)
    publish(store, copied(pico_release, tmp_path / "pico"), report=silent)

    by_name = run("render", "pico", *WANTED, "-o", "name.png", cwd=tmp_path)
    by_folder = run("render", pico_release, *WANTED, "-o", "out/folder.png", "--json", cwd=tmp_path)

    assert by_name.code == 0
    words = r"name\.png: made by pico\.v1, \d+\.\d\d s a step, at most [\d.]+ [MG]B of memory\n"
    assert re.fullmatch(words, by_name.out), by_name.out
    assert {"seconds_per_step", "peak_bytes"} <= json.loads(by_folder.out).keys()
    assert (by_folder.code, '"file": "out/folder.png"' in by_folder.out) == (0, True)
    assert (tmp_path / "name.png").read_bytes() == (tmp_path / "out/folder.png").read_bytes()
    with Image.open(tmp_path / "name.png") as picture:
        assert picture.size == (64, 32)
        settings = {"prompt": "a red fox", "negative": "blurry", "seed": "7", "steps": "2", "guidance": "7.5"}
        assert {**settings, "release": "pico.v1", "size": "64x32"}.items() <= picture.text.items()


def test_an_image_with_a_mask_is_changed_at_its_own_size(pico_release: Path, images: Path) -> None:
    options = ("--prompt", "a boat", "--steps", "1", "--image", "sea.png", "--mask", "all.png")
    ran = run("render", pico_release, *options, "-o", "boat.png", cwd=images)

    assert ran.code == 0, ran.err
    with Image.open(images / "boat.png") as picture:
        assert picture.size == (64, 32)
        assert (picture.text["strength"], picture.text["scheduler"]) == ("1", "PNDMScheduler")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-p", "x", "-o", "out.webp"], "--output: found 'out.webp', expected a name that ends in .png"),
        (["-p", "x", "-o", "sea.png"], "--output: sea.png is there already; name another file, or add --force"),
        (["-o", "out.png"], "found no --prompt, expected one"),
        (["-p", "x", "-o", "out.png", "--sheet"], "--sheet: found settings of one image, expected --steps at most"),
        (["-p", "x", "-o", "out.png", "--mask", "all.png"], "--mask: found no --image, expected the image that"),
        (["-p", "x", "-o", "out.png", "--strength", "0.5"], "--strength: found no --image"),
        (["-p", "x", "-o", "out.png", "--size", "64"], "--size: found '64', expected width and height in pixels"),
        (["-p", "x", "-o", "out.png", "--size", "0x64"], "--size: found '0x64', expected width and height"),
        (["-p", "x", "-o", "out.png", "--device", "tpu"], "'tpu' is not one of"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(images: Path, options: list[str], said: str) -> None:
    before = contents_of(images)
    ran = run("render", "pico", *options, cwd=images)
    assert ran.code == 2
    assert said in " ".join(ran.err.replace("│", " ").split())
    assert contents_of(images) == before


@pytest.mark.parametrize(
    ("release", "options", "said"),
    [
        ("./nothing", [], "nothing: found no manifest.json, expected the folder of a release"),
        ("pico", [], "pico"),
        (
            None,
            ["--image", "sea.png", "--mask", "small.png"],
            "the mask has 32x32 pixels, expected the 64x32 of sea.png",
        ),
        (None, ["--image", "none.png"], "none.png: found no picture that can be read"),
    ],
)
def test_what_cannot_be_rendered_is_one_line_and_exit_code_1(
    pico_release: Path, images: Path, release: str | None, options: list[str], said: str
) -> None:
    ran = run("render", release or pico_release, "-p", "x", "-o", "out.png", *options, cwd=images)
    (line,) = (line for line in ran.err.splitlines() if not line.startswith("  "))
    assert (ran.code, said in line) == (1, True), ran.err
    assert not (images / "out.png").exists()


def test_a_release_of_a_hub_elsewhere_is_downloaded_into_the_cache_once(
    loopback_hub: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_now(open_store(loopback_hub), tiny_release(tmp_path / "made"))
    monkeypatch.setenv("HF_ENDPOINT", loopback_hub.endpoint)
    monkeypatch.setenv("HF_TOKEN", loopback_hub.token)
    finder = Finder(Place(tmp_path / "registry/extras.json"), tmp_path / "cache", silent)

    folder = finder.folder("pico", f"hf:{REPO}")

    assert folder.parent == tmp_path / "cache/releases"
    assert folder.name.startswith("pico.v1.")
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert finder.folder("pico.v1", f"hf:{REPO}") == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
