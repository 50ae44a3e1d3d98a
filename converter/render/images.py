"""Pictures to arrays and back, and the bytes of a PNG."""

import io
import warnings
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo

from converter.render.errors import RenderError
from converter.render.job import Array


def read_picture(path: Path) -> Image.Image:
    """A picture from a file, turned as its camera says.

    Raises:
        RenderError: there is none, or Pillow cannot read it, or it is so large that it may be an attack.
    """
    try:
        # A few kilobytes can unpack to gigabytes of pixels; Pillow only warns of the smaller ones among them.
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as picture:
                picture.load()
                return ImageOps.exif_transpose(picture)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise RenderError(
            f"{path}: found no picture that can be read ({error}), expected a PNG or JPEG file"
        ) from error


def image_array(picture: Image.Image, size: tuple[int, int]) -> Array:
    """A picture as float32, (1, 3, height, width), from -1 to 1, scaled to `size` (width, height) if it has another."""
    return _pixels(picture.convert("RGB"), size) * 2 - 1


def mask_array(picture: Image.Image, size: tuple[int, int]) -> Array:
    """A mask as float32, (1, 1, height, width): 1 where it is lighter than grey, else 0."""
    return (_pixels(picture.convert("L"), size) >= 0.5).astype(np.float32)


def _pixels(picture: Image.Image, size: tuple[int, int]) -> Array:
    """(1, channels, height, width), from 0 to 1."""
    scaled = picture if picture.size == size else picture.resize(size, Image.Resampling.LANCZOS)
    array = np.asarray(scaled, np.float32) / np.float32(255)
    return np.ascontiguousarray(np.atleast_3d(array).transpose(2, 0, 1)[None])


def picture_of(array: Array) -> Image.Image:
    """A picture of float32, (1, 3, height, width), from -1 to 1; what lies beyond is cut.

    Raises:
        RenderError: there is a number that is none.
    """
    if not np.isfinite(array).all():
        raise RenderError(
            f"found {int((~np.isfinite(array)).sum()):,} values in the image that are no numbers (NaN or infinite), "
            "expected none; the model overflows at this precision or with these settings: try a lower --guidance"
        )
    values = np.clip(array[0] / 2 + 0.5, 0, 1).transpose(1, 2, 0)
    return Image.fromarray((values * 255).round().astype(np.uint8))


def png_bytes(picture: Image.Image, text: Mapping[str, str]) -> bytes:
    """A PNG with metadata; equal pictures and texts give equal bytes, for no clock is read."""
    info = PngInfo()
    for name, value in text.items():
        info.add_text(name, value)
    stream = io.BytesIO()
    picture.save(stream, "PNG", pnginfo=info)
    return stream.getvalue()
