"""What a component is: its kind and the config of its torch class."""

from dataclasses import dataclass
from enum import StrEnum

from converter.canonical import JsonObject, JsonValue


class ComponentKind(StrEnum):
    """The graphs of a release; each value is the name of its folder, and the order is that in which they are made."""

    TEXT_ENCODER = "text_encoder"
    TEXT_ENCODER_2 = "text_encoder_2"
    """The encoder of Stable Diffusion XL that also gives the pooled text."""
    UNET = "unet"
    CNET = "cnet"
    """The UNet once more, with inputs for what a ControlNet puts out; onnx-web's name for it."""
    CONTROLNET = "controlnet"
    VAE_ENCODER = "vae_encoder"
    VAE_DECODER = "vae_decoder"


UNETS = (ComponentKind.UNET, ComponentKind.CNET, ComponentKind.CONTROLNET)
"""What takes a noisy image, a timestep and a text; ControlNet is the first half of a UNet."""


@dataclass(frozen=True)
class Component:
    """One graph to make: its kind and the canonical config of its torch class (see `models.configs`)."""

    kind: ComponentKind
    config: JsonObject
    pooled_width: int | None = None
    """Width of the pooled text that UNets of Stable Diffusion XL take besides, which no config has by itself."""

    def integer(self, field: str) -> int:
        """A whole number of the config."""
        value = self.config[field]
        if not isinstance(value, int):
            raise TypeError(f"{self.kind}: config field {field!r} is {value!r}, expected a whole number")
        return value

    def sequence(self, field: str) -> tuple[JsonValue, ...]:
        """A list of the config."""
        value = self.config[field]
        if isinstance(value, str) or not isinstance(value, list | tuple):
            raise TypeError(f"{self.kind}: config field {field!r} is {value!r}, expected a list")
        return tuple(value)

    @property
    def is_image(self) -> bool:
        """Whether it works on images or latents, which have a height and a width."""
        return self.kind not in (ComponentKind.TEXT_ENCODER, ComponentKind.TEXT_ENCODER_2)

    @property
    def scale(self) -> int:
        """By what height and width must be divisible: one halving between each two blocks."""
        return int(2 ** (len(self.sequence("block_out_channels")) - 1))

    @property
    def size_ids(self) -> int:
        """How many numbers about sizes a UNet of Stable Diffusion XL takes: 6, or the refiner's 5."""
        widths = self.integer("projection_class_embeddings_input_dim") - (self.pooled_width or 0)
        return widths // self.integer("addition_time_embed_dim")
