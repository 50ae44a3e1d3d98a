"""What an entry says about its model, held against what the model says of itself."""

from dataclasses import dataclass

from converter.models.architectures import Architecture
from converter.models.errors import ModelError

_PIPELINES = {
    "inpaint": ("-inpaint",),
    "pix2pix": ("-pix2pix",),
    "upscale": ("sd-x4-upscaler",),
    "upscaling": ("sd-x4-upscaler",),
    "txt2img-sdxl": ("sdxl", "sdxl-lcm"),
    "img2img-sdxl": ("sdxl", "sdxl-lcm", "sdxl-refiner"),
}
"""What an architecture's name must be, or end in, for a pipeline; the others run any text-to-image model."""
_VERSIONS = {"v1": ("sd1",), "v2": ("sd2", "sd-x4-upscaler"), "v2.1": ("sd2",)}


@dataclass(frozen=True)
class Said:
    """The keys of an entry that are about what the model is; `None` where it says nothing."""

    prediction_type: str | None = None
    zero_terminal_snr: bool = False
    version: str | None = None
    image_size: int | None = None
    pipeline: str | None = None
    control: bool = False
    """Whether a UNet that takes a ControlNet is wanted as well."""


def require_agreed(said: Said, architecture: Architecture, where: str) -> None:
    """Check an entry against the architecture of its model.

    Raises:
        ModelError: they contradict each other; the message shows both.
    """
    families = _VERSIONS.get(said.version or "")
    if families is not None and architecture.family.name not in families:
        raise ModelError(
            f"{where}: `version` is {said.version}, the weights are those of {architecture.title}; correct the entry"
        )
    wanted = _PIPELINES.get(said.pipeline or "")
    if wanted is not None and not any(_is(architecture.name, end) for end in wanted):
        raise ModelError(
            f"{where}: `pipeline` is {said.pipeline}, the weights are those of {architecture.title} "
            f"({architecture.name}); correct the entry, or use a model that was trained for it"
        )
    if said.control and architecture.family.name in ("sd-x4-upscaler", "sdxl-refiner"):
        raise ModelError(f"{where}: `control` is true, there are no ControlNets for {architecture.title}; remove it")


def _is(name: str, wanted: str) -> bool:
    return name.endswith(wanted) if wanted.startswith("-") else name == wanted
