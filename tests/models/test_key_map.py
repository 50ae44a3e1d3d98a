"""Key maps: made by diffusers once, then read from the cache by a process that imports none of the heavy libraries."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from converter.models import KeyMaps, ModelError, open_model
from converter.models.placeholder import Placeholder
from tests.support.original_shapes import pico_shapes, write_zeros
from tests.support.sd1_models import pico

HEAVY = ("torch", "diffusers", "transformers", "onnxruntime", "onnx", "huggingface_hub")
OPEN = """
import sys
from pathlib import Path
from converter.models import KeyMaps, open_model
with open_model(Path(sys.argv[1]), KeyMaps(Path(sys.argv[2]))) as model:
    model.state_dicts["unet"].read("conv_in.weight")
print(*sorted(name for name in sys.argv[3].split() if name in sys.modules))
"""


def imported_by_opening(path: Path, cache: Path) -> list[str]:
    """Which heavy libraries a process has imported once it has opened a model and read a tensor."""
    command = [sys.executable, "-c", OPEN, str(path), str(cache), " ".join(HEAVY)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


@pytest.fixture
def zeros(tmp_path: Path) -> Path:
    return write_zeros(tmp_path / "zeros.safetensors", pico_shapes())


def test_with_a_warm_cache_a_checkpoint_is_opened_without_heavy_libraries(zeros: Path, key_maps: KeyMaps) -> None:
    open_model(zeros, key_maps).close()

    assert imported_by_opening(zeros, key_maps.folder) == []


def test_with_a_cold_cache_diffusers_makes_the_map(zeros: Path, tmp_path: Path) -> None:
    # Without this the test above could not fail.
    assert "diffusers" in imported_by_opening(zeros, tmp_path / "cold")


def test_a_folder_is_opened_without_heavy_libraries_whatever_the_cache(pico_folder: Path, tmp_path: Path) -> None:
    assert imported_by_opening(pico_folder, tmp_path / "cold") == []


def test_a_second_model_of_the_same_architecture_uses_the_same_map(
    zeros: Path, pico_checkpoint: Path, tmp_path: Path
) -> None:
    maps = KeyMaps(tmp_path / "maps")
    open_model(zeros, maps).close()
    before = {path: path.stat().st_mtime_ns for path in maps.folder.iterdir()}

    open_model(pico_checkpoint, maps).close()

    assert {path: path.stat().st_mtime_ns for path in maps.folder.iterdir()} == before
    assert len(before) == 2  # one of the UNet, one of the VAE


def test_another_topology_has_another_map_of_the_part_that_differs(zeros: Path, tmp_path: Path) -> None:
    maps = KeyMaps(tmp_path / "maps")
    open_model(zeros, maps).close()
    shapes = pico_shapes()
    width, _, *kernel = shapes["model.diffusion_model.input_blocks.0.0.weight"]
    inpainting = {"model.diffusion_model.input_blocks.0.0.weight": (width, 9, *kernel)}
    other = write_zeros(tmp_path / "other.safetensors", {**shapes, **inpainting})

    open_model(other, maps).close()

    assert len(list(maps.folder.iterdir())) == 3


@pytest.mark.parametrize("damage", [b"", b"{}", b"\x00\x01", b'{"unet": {}}'])
def test_a_damaged_map_is_made_again(zeros: Path, tmp_path: Path, damage: bytes) -> None:
    maps = KeyMaps(tmp_path / "maps")
    open_model(zeros, maps).close()
    sound = {path: path.read_bytes() for path in maps.folder.iterdir()}
    for path in sound:
        path.write_bytes(damage)

    with open_model(zeros, maps) as model:
        assert model.state_dicts["unet"].shapes == pico().shapes("unet")

    assert {path: path.read_bytes() for path in maps.folder.iterdir()} == sound


@pytest.mark.parametrize("shape", [(4, 3), (4, 3, 1), (4, 3, 1, 1)])
def test_a_placeholder_lets_axes_of_length_one_be_dropped(shape: tuple[int, ...]) -> None:
    index = (slice(None), slice(None), *([0] * (len(shape) - 2)))

    assert Placeholder("key", shape)[index] == Placeholder("key", (4, 3))


@pytest.mark.parametrize("shape", [(4, 3, 2), (4, 3, 1, 2), (4, 3, 3, 3)])
def test_a_placeholder_lets_no_number_be_dropped(shape: tuple[int, ...]) -> None:
    index = (slice(None), slice(None), *([0] * (len(shape) - 2)))

    with pytest.raises(ModelError, match=r"^key has shape \(4, 3, .*expected a linear layer or a 1x1 convolution"):
        Placeholder("key", shape)[index]


@pytest.mark.parametrize(
    "index", [(0,), (slice(2), slice(None)), (slice(None), slice(None), 1), (slice(None),)], ids=str
)
def test_a_placeholder_refuses_everything_but_that(index: tuple[Any, ...]) -> None:
    with pytest.raises(ModelError):
        Placeholder("key", (4, 3, 1))[index]
