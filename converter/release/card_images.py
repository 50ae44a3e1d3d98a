"""What a card shows of a release that was made with images. Pure."""

from converter.release.layout import CONTACT_SHEET, DIFFERENCE
from converter.release.manifest import Manifest


def images_section(manifest: Manifest) -> str:
    """The contact sheet, and one image beside PyTorch's; empty where the release has neither."""
    paths = {file.path for file in manifest.files}
    shown = [f"![{said}]({path})\n\n{text}" for path, said, text in _IMAGES if path in paths]
    return "\n\n".join(["## What it makes", *shown]) if shown else ""


_IMAGES = (
    (
        CONTACT_SHEET,
        "Contact sheet",
        "Made with this release from fixed prompts and seeds; the settings are below each image.",
    ),
    (
        DIFFERENCE,
        "The first image, the same in PyTorch, and their difference",
        "The first image, the same in PyTorch from the same noise, and how they differ. Each step begins with what the "
        "one before rounded off, so two right computations may drift apart; the limits are on the figures below.",
    ),
)
