"""A page as a browser draws it, as a small PNG."""

import subprocess
import tempfile
from pathlib import Path

from PIL import Image, ImageChops

WIDTH = 1280
_TALLEST = 8000
_MARGIN = 24
_COLOURS = 64
_TIMEOUT_S = 120
_OPTIONS = (
    *("--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run"),
    "--no-sandbox",  # a container has none to offer; the page is ours, and its policy lets no script run
    # The browser has nothing to fetch for the page, and is to fetch nothing for itself either.
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"),
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


class PictureError(Exception):
    """There is no picture of a page: the browser made none, or not of the whole page."""


def screenshot(html: str, picture: Path, browser: str) -> None:
    """Write `picture`, of the whole page at a width of `WIDTH`, in at most `_COLOURS` colours.

    Raises:
        PictureError: the browser fails, or the page is too tall.
    """
    with tempfile.TemporaryDirectory() as made:
        page, whole = Path(made) / "page.html", Path(made) / "whole.png"
        page.write_text(html, "utf-8")
        wanted = (f"--user-data-dir={made}/profile", f"--screenshot={whole}", f"--window-size={WIDTH},{_TALLEST}")
        command = [browser, *_OPTIONS, *wanted, page.as_uri()]
        ran = subprocess.run(command, check=False, capture_output=True, timeout=_TIMEOUT_S)
        if ran.returncode or not whole.exists():
            said = ran.stderr.decode(errors="replace")[-2000:]
            raise PictureError(
                f"{browser}: exit code {ran.returncode}, expected a picture of the page; it said: {said}"
            )
        with Image.open(whole) as image:
            whole_page = cropped(image.convert("RGB"))
    # Without dithering flat areas stay flat, which is what makes the file small.
    whole_page.quantize(_COLOURS, dither=Image.Dither.NONE).save(picture, optimize=True)


def cropped(image: Image.Image) -> Image.Image:
    """Without what is empty below the page: a browser draws as much as it is told to, however short a page is.

    Raises:
        PictureError: nothing is drawn, or so much that the end may be missing.
    """
    empty = Image.new("RGB", image.size, image.getpixel((0, 0)))
    box = ImageChops.difference(image, empty).getbbox()
    if box is None:
        raise PictureError("found an empty page, expected a summary")
    if box[3] + _MARGIN > image.height:
        raise PictureError(f"found a page of {box[3]} px or more, expected at most {image.height - _MARGIN}")
    return image.crop((0, 0, image.width, box[3] + _MARGIN))
