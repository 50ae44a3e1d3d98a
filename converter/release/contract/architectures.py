"""What each architecture's release has, as its clients know it: data. Pure.

Written from the clients' code, not from the converter's: what both have is compared on every release.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_FIRST, _SECOND = ("text_encoder",), ("text_encoder_2",)


@dataclass(frozen=True)
class Release:
    """The parts of a release, and what differs between UNets."""

    pipeline: str | None
    """diffusers' class; `None` for a ControlNet."""
    encoders: tuple[str, ...]
    channels: int
    """Of the first input of the UNet: 4 of latents, and a mask and an image beside them."""
    time_ids: int = 0
    """How many numbers about sizes it takes; 0 for no such input."""
    guidance: bool = False
    """It takes an embedding of the guidance scale."""
    noise_level: bool = False
    """It takes the noise level of the small image as `class_labels`."""

    @property
    def graphs(self) -> tuple[str, ...]:
        """Folders that every such release has a graph in."""
        return (*self.encoders, "unet", "vae_encoder", "vae_decoder") if self.pipeline else ("controlnet",)

    @property
    def is_xl(self) -> bool:
        """Whether it is of the Stable Diffusion XL line, whose pipelines know no safety checker."""
        return bool(self.time_ids)


def _sd(ending: str = "") -> str:
    return f"StableDiffusion{ending}Pipeline"


RELEASES: Mapping[str, Release] = {
    "sd1": Release(_sd(), _FIRST, 4),
    "sd1-inpaint": Release(_sd("Inpaint"), _FIRST, 9),
    "sd1-pix2pix": Release(_sd("InstructPix2Pix"), _FIRST, 8),
    "sd1-lcm": Release("LatentConsistencyModelPipeline", _FIRST, 4, guidance=True),
    "sd1-controlnet": Release(None, (), 4),
    "sd2": Release(_sd(), _FIRST, 4),
    "sd2-inpaint": Release(_sd("Inpaint"), _FIRST, 9),
    "sd2-pix2pix": Release(_sd("InstructPix2Pix"), _FIRST, 8),
    "sd2-lcm": Release("LatentConsistencyModelPipeline", _FIRST, 4, guidance=True),
    "sd2-controlnet": Release(None, (), 4),
    "sd-x4-upscaler": Release(_sd("Upscale"), _FIRST, 7, noise_level=True),
    "sdxl": Release(_sd("XL"), _FIRST + _SECOND, 4, time_ids=6),
    "sdxl-inpaint": Release(_sd("XLInpaint"), _FIRST + _SECOND, 9, time_ids=6),
    "sdxl-pix2pix": Release(_sd("XLInstructPix2Pix"), _FIRST + _SECOND, 8, time_ids=6),
    "sdxl-lcm": Release(_sd("XL"), _FIRST + _SECOND, 4, time_ids=6, guidance=True),
    "sdxl-controlnet": Release(None, (), 4, time_ids=6),
    "sdxl-refiner": Release(_sd("XLImg2Img"), _SECOND, 4, time_ids=5),
}

CONTROLLED = "cnet"
"""The UNet that takes a ControlNet's outputs, of releases whose entry asks for it: onnx-web's name."""

TOKENIZERS: Mapping[str, str] = {"text_encoder": "tokenizer", "text_encoder_2": "tokenizer_2"}
