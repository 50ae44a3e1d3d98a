"""Pictures in and out."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converter.render import RenderError, image_array, mask_array, png_bytes, read_picture
from converter.render.images import picture_of


def test_a_picture_survives_the_way_to_an_array_and_back() -> None:
    levels = np.random.default_rng(0).integers(0, 256, (8, 12, 3), np.uint8)

    array = image_array(Image.fromarray(levels), (12, 8))

    assert (array.shape, array.dtype) == ((1, 3, 8, 12), np.float32)
    np.testing.assert_array_equal(np.asarray(picture_of(array)), levels)


def test_a_mask_is_one_where_it_is_lighter_than_grey() -> None:
    mask = mask_array(Image.fromarray(np.array([[0, 127, 128, 255]], np.uint8)), (4, 1))
    assert mask.tolist() == [[[[0.0, 0.0, 1.0, 1.0]]]]


def test_a_picture_of_another_size_is_scaled() -> None:
    assert image_array(Image.new("RGB", (20, 10), "red"), (8, 4)).shape == (1, 3, 4, 8)


def test_the_settings_are_in_the_file_whatever_their_letters() -> None:
    text = {"prompt": "一只狐狸, crème", "seed": "7"}

    data = png_bytes(Image.new("RGB", (4, 4)), text)

    with Image.open(io.BytesIO(data)) as picture:
        assert dict(picture.text) == text
    assert data == png_bytes(Image.new("RGB", (4, 4)), text)


def test_numbers_that_are_none_are_no_picture() -> None:
    array = np.zeros((1, 3, 2, 2), np.float32)
    array[0, 0, 0, 0] = np.nan
    with pytest.raises(RenderError, match="found 1 values in the image that are no numbers"):
        picture_of(array)


@pytest.mark.parametrize("data", [b"", b"text", b"\x89PNG\r\n\x1a\n"])
def test_a_file_that_is_no_picture_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "picture.png").write_bytes(data)
    with pytest.raises(
        RenderError, match=r"picture\.png: found no picture that can be read .*, expected a PNG or JPEG"
    ):
        read_picture(tmp_path / "picture.png")


def test_a_picture_that_unpacks_to_gigabytes_is_refused(tmp_path: Path) -> None:
    Image.new("1", (20000, 10000)).save(tmp_path / "bomb.png")
    with pytest.raises(RenderError, match="decompression bomb"):
        read_picture(tmp_path / "bomb.png")
