"""What a conversion takes, from shapes."""

from math import prod
from pathlib import Path

import pytest

from converter.models import KeyMaps, Said, open_model
from converter.needs import Blends, needs_of
from converter.registry import Precision
from tests.support.fixtures_family import FamilyFiles


@pytest.fixture
def unet_bytes(pico_folder: Path, key_maps: KeyMaps) -> int:
    with open_model(pico_folder, key_maps) as model:
        return 4 * sum(map(prod, model.state_dicts["unet"].shapes.values()))


def test_a_unet_that_takes_a_controlnet_is_there_once_more(
    pico_folder: Path, key_maps: KeyMaps, unet_bytes: int
) -> None:
    with open_model(pico_folder, key_maps) as model, open_model(pico_folder, key_maps, Said(control=True)) as control:
        plain, doubled = needs_of(model, 10), needs_of(control, 10)

    assert doubled.release_bytes - plain.release_bytes == unet_bytes
    assert doubled.disk_bytes == doubled.release_bytes + 10
    assert doubled.memory_bytes == plain.memory_bytes


def test_memory_has_room_for_the_largest_component(pico_folder: Path, key_maps: KeyMaps, unet_bytes: int) -> None:
    with open_model(pico_folder, key_maps) as model:
        needs = needs_of(model, 0)

    assert unet_bytes < needs.memory_bytes - needs.streaming_bytes


def test_loras_take_room_for_one_tensor_and_tokens_for_their_rows(pico_folder: Path, key_maps: KeyMaps) -> None:
    with open_model(pico_folder, key_maps) as model:
        plain, blended = needs_of(model, 0), needs_of(model, 0, Blends(loras=3, new_bytes=1000))
        shapes = [shape for part in ("unet", "text_encoder") for shape in model.state_dicts[part].shapes.values()]

    largest = 4 * max(prod(shape) for shape in shapes if shape[0] < 20_000)  # not the embedding of all tokens
    assert blended.release_bytes == plain.release_bytes + 1000
    assert blended.streaming_bytes == plain.streaming_bytes + 3 * largest
    assert blended.memory_bytes == plain.memory_bytes + 3 * largest + 1000


@pytest.mark.parametrize("precision", [Precision.FP16, Precision.FP16_INTERNAL])
def test_float16_is_half_the_release_and_as_much_memory(
    pico_folder: Path, key_maps: KeyMaps, precision: Precision
) -> None:
    with open_model(pico_folder, key_maps) as model:
        whole = needs_of(model, 10, Blends(new_bytes=1000))
        half = needs_of(model, 10, Blends(new_bytes=1000), precision)

    assert (whole.precision, half.precision) == ("fp32", precision)
    assert (half.release_bytes, half.disk_bytes) == (whole.release_bytes // 2, whole.release_bytes // 2 + 10)
    assert half.memory_bytes == whole.memory_bytes


def test_a_component_that_stays_float32_counts_whole(family_files: FamilyFiles, key_maps: KeyMaps) -> None:
    with open_model(family_files.model("sdxl", "diffusers"), key_maps) as model:
        whole, half = needs_of(model, 0), needs_of(model, 0, precision=Precision.FP16)
        vaes = [model.graph(name).weights.shapes.values() for name in ("vae_encoder", "vae_decoder")]

    assert half.release_bytes == whole.release_bytes // 2 + 2 * sum(prod(shape) for shapes in vaes for shape in shapes)


def test_eight_bits_are_the_bytes_that_such_a_release_has(
    pico_folder: Path, pico_int8_release: Path, key_maps: KeyMaps
) -> None:
    with open_model(pico_folder, key_maps) as model:
        half, needs = needs_of(model, 0, precision=Precision.FP16), needs_of(model, 0, precision=Precision.INT8)

    assert needs.precision == "int8"
    # Between the tensors of a file there are gaps, and some of float16 are kept in float32.
    written = sum(path.stat().st_size for path in pico_int8_release.glob("*/weights.pb"))
    assert needs.release_bytes == pytest.approx(written, rel=0.01)
    assert needs.release_bytes < half.release_bytes
