"""What a component is: its kind, its config, and the ports that every client of the published folder relies on."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from converter.canonical import JsonObject, JsonValue

Dtype = Literal["float32", "int32"]


class ComponentKind(StrEnum):
    """The graphs of a Stable Diffusion pipeline; each value is the name of its folder in a release."""

    TEXT_ENCODER = "text_encoder"
    UNET = "unet"
    VAE_ENCODER = "vae_encoder"
    VAE_DECODER = "vae_decoder"


@dataclass(frozen=True)
class Port:
    """An input or output of a graph."""

    name: str
    dtype: Dtype
    shape: tuple[int | str, ...]
    """A number where the size is fixed, the axis' name where it is free."""


@dataclass(frozen=True)
class Component:
    """One graph to make: its kind and the canonical config of its torch class (see `models.configs`)."""

    kind: ComponentKind
    config: JsonObject

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
    def scale(self) -> int:
        """By what height and width must be divisible: one halving between each two blocks."""
        return int(2 ** (len(self.sequence("block_out_channels")) - 1))


@dataclass(frozen=True)
class Ports:
    """Inputs and outputs, in the order in which clients that go by position expect them."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def ports_of(component: Component) -> Ports:
    """The ports of a component: names, dtypes, order and axis names of the universal folder.

    Clients differ in what they rely on: optimum goes by name and evaluates the axis strings, OnnxStack by position,
    diffusers and onnx-web take output 0 and feed `input_ids` as int32. The text encoder therefore has all
    `num_hidden_layers + 1` hidden states, and the VAE encoder its mean (output 0) and its parameters.
    """
    return _PORTS[component.kind](component)


def _text_encoder(component: Component) -> Ports:
    width = component.integer("hidden_size")
    layer: tuple[int | str, ...] = ("batch", "sequence", width)
    states = (Port(f"hidden_states.{i}", "float32", layer) for i in range(component.integer("num_hidden_layers") + 1))
    return Ports(
        inputs=(Port("input_ids", "int32", ("batch", "sequence")),),
        outputs=(
            Port("last_hidden_state", "float32", layer),
            Port("pooler_output", "float32", ("batch", width)),
            *states,
        ),
    )


def _unet(component: Component) -> Ports:
    def image(channels: int) -> tuple[int | str, ...]:
        return ("batch", channels, "height", "width")

    return Ports(
        inputs=(
            Port("sample", "float32", image(component.integer("in_channels"))),
            # A scalar that is only expanded: onnxruntime then takes (), (1,) and (batch,) alike.
            Port("timestep", "float32", ()),
            Port("encoder_hidden_states", "float32", ("batch", "sequence", component.integer("cross_attention_dim"))),
        ),
        outputs=(Port("out_sample", "float32", image(component.integer("out_channels"))),),
    )


def _vae_encoder(component: Component) -> Ports:
    latents, scale = component.integer("latent_channels"), component.scale

    def small(channels: int) -> tuple[int | str, ...]:
        return ("batch", channels, f"height / {scale}", f"width / {scale}")

    return Ports(
        inputs=(Port("sample", "float32", ("batch", component.integer("in_channels"), "height", "width")),),
        outputs=(
            Port("latent_sample", "float32", small(latents)),
            Port("latent_parameters", "float32", small(2 * latents)),
        ),
    )


def _vae_decoder(component: Component) -> Ports:
    scale = component.scale
    big: tuple[int | str, ...] = (
        "batch",
        component.integer("out_channels"),
        f"height * {scale}",
        f"width * {scale}",
    )
    return Ports(
        inputs=(Port("latent_sample", "float32", ("batch", component.integer("latent_channels"), "height", "width")),),
        outputs=(Port("sample", "float32", big),),
    )


_PORTS = {
    ComponentKind.TEXT_ENCODER: _text_encoder,
    ComponentKind.UNET: _unet,
    ComponentKind.VAE_ENCODER: _vae_encoder,
    ComponentKind.VAE_DECODER: _vae_decoder,
}


def example_shapes(
    component: Component, *, batch: int, blocks: tuple[int, int], tokens: int
) -> Mapping[str, tuple[int, ...]]:
    """Concrete input shapes: `blocks` is height and width, in units of what they must be divisible by.

    Returns:
        Input name to shape; the timestep has shape `(1,)`, because a scalar example would be traced differently.
    """
    latent = component.kind is ComponentKind.VAE_DECODER
    unit = 1 if component.kind is ComponentKind.TEXT_ENCODER or latent else component.scale
    sizes = {"batch": batch, "sequence": tokens, "height": blocks[0] * unit, "width": blocks[1] * unit}
    shapes = {
        port.name: tuple(sizes[axis] if isinstance(axis, str) else axis for axis in port.shape)
        for port in ports_of(component).inputs
    }
    return {name: shape or (1,) for name, shape in shapes.items()}
