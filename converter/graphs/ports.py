"""The ports of each component: names, dtypes, order and axis names that every client of a release relies on.

Clients differ in what they rely on: optimum goes by name and evaluates the axis strings, OnnxStack by position,
diffusers and onnx-web take output 0 and feed the first encoder's `input_ids` as int32. The text encoders therefore
have all `num_hidden_layers + 1` hidden states, the second one the pooled text first, and the VAE encoder its mean
(output 0) and its parameters.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from converter.graphs.axes import Axis, scaled, size_of
from converter.graphs.component import Component, ComponentKind

Dtype = Literal["float32", "int32", "int64"]
_Shape = tuple[Axis, ...]


@dataclass(frozen=True)
class Port:
    """An input or output of a graph."""

    name: str
    dtype: Dtype
    shape: _Shape


@dataclass(frozen=True)
class Ports:
    """Inputs and outputs, in the order in which clients that go by position expect them."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def ports_of(component: Component) -> Ports:
    """The ports of a component."""
    return _PORTS[component.kind](component)


def example_shapes(
    component: Component, *, batch: int, blocks: tuple[int, int], tokens: int
) -> Mapping[str, tuple[int, ...]]:
    """Concrete input shapes: `blocks` is height and width, in units of what they must be divisible by.

    Returns:
        Input name to shape; the timestep has shape `(1,)`, because a scalar example would be traced differently.
    """
    unit = unit_of(component)
    sizes = {"batch": batch, "sequence": tokens, "height": blocks[0] * unit, "width": blocks[1] * unit}
    shapes = {port.name: tuple(size_of(axis, sizes) for axis in port.shape) for port in ports_of(component).inputs}
    return {name: shape or (1,) for name, shape in shapes.items()}


def unit_of(component: Component) -> int:
    """What height and width of the first input must be multiples of; the VAE's decoder takes any."""
    return component.scale if component.is_image and component.kind is not ComponentKind.VAE_DECODER else 1


def _text_encoder(component: Component) -> Ports:
    layer: _Shape = ("batch", "sequence", component.integer("hidden_size"))
    return Ports(
        inputs=(Port("input_ids", "int32", ("batch", "sequence")),),
        outputs=(
            Port("last_hidden_state", "float32", layer),
            Port("pooler_output", "float32", ("batch", component.integer("hidden_size"))),
            *_hidden_states(component, layer),
        ),
    )


def _text_encoder_2(component: Component) -> Ports:
    layer: _Shape = ("batch", "sequence", component.integer("hidden_size"))
    return Ports(
        # OnnxStack feeds this encoder int64 and the first one int32; the others cast to what is declared.
        inputs=(Port("input_ids", "int64", ("batch", "sequence")),),
        outputs=(
            Port("text_embeds", "float32", ("batch", component.integer("projection_dim"))),
            Port("last_hidden_state", "float32", layer),
            *_hidden_states(component, layer),
        ),
    )


def _hidden_states(component: Component, shape: _Shape) -> Iterator[Port]:
    return (Port(f"hidden_states.{i}", "float32", shape) for i in range(component.integer("num_hidden_layers") + 1))


def _image(channels: int, factor: Fraction = Fraction(1)) -> _Shape:
    return ("batch", channels, scaled("height", factor), scaled("width", factor))


def _unet(component: Component) -> Ports:
    return Ports(
        inputs=(*_common_inputs(component), *_conditions(component)),
        outputs=(Port("out_sample", "float32", _image(component.integer("out_channels"))),),
    )


def _cnet(component: Component) -> Ports:
    plain = _unet(component)
    return Ports(inputs=(*plain.inputs, *_residuals(component)), outputs=plain.outputs)


def _controlnet(component: Component) -> Ports:
    # The hint is an image: its embedding halves it once between each two of its blocks.
    larger = Fraction(2 ** (len(component.sequence("conditioning_embedding_out_channels")) - 1))
    hint = Port("controlnet_cond", "float32", _image(component.integer("conditioning_channels"), larger))
    return Ports(
        inputs=(*_common_inputs(component), hint, *_conditions(component)),
        outputs=tuple(_residuals(component)),
    )


def _common_inputs(component: Component) -> Iterator[Port]:
    yield Port("sample", "float32", _image(component.integer("in_channels")))
    # A scalar that is only expanded: onnxruntime then takes (), (1,) and (batch,) alike.
    yield Port("timestep", "float32", ())
    yield Port("encoder_hidden_states", "float32", ("batch", "sequence", component.integer("cross_attention_dim")))


def _conditions(component: Component) -> Iterator[Port]:
    """What some UNets take besides: Stable Diffusion XL, distilled ones, upscalers."""
    config = component.config
    if config["addition_embed_type"] == "text_time":
        yield Port("text_embeds", "float32", ("batch", component.pooled_width or 0))
        yield Port("time_ids", "float32", ("batch", component.size_ids))
    if config.get("time_cond_proj_dim"):
        yield Port("timestep_cond", "float32", ("batch", component.integer("time_cond_proj_dim")))
    if config["num_class_embeds"]:
        yield Port("class_labels", "int64", ("batch",))


def _residuals(component: Component) -> Iterator[Port]:
    """What a ControlNet puts out and its UNet takes, in the names of onnx-web: one for each layer, and the middle."""
    channels = [int(str(width)) for width in component.sequence("block_out_channels")]
    layers, last = component.integer("layers_per_block"), len(channels) - 1
    shapes = [_image(channels[0])]
    for level, width in enumerate(channels):
        shapes += [_image(width, Fraction(1, 2**level))] * layers
        if level < last:
            shapes.append(_image(width, Fraction(1, 2 ** (level + 1))))
    yield from (Port(f"down_block_{number}", "float32", shape) for number, shape in enumerate(shapes))
    yield Port("mid_block_additional_residual", "float32", shapes[-1])


def _vae_encoder(component: Component) -> Ports:
    latents, smaller = component.integer("latent_channels"), Fraction(1, component.scale)
    return Ports(
        inputs=(Port("sample", "float32", _image(component.integer("in_channels"))),),
        outputs=(
            Port("latent_sample", "float32", _image(latents, smaller)),
            Port("latent_parameters", "float32", _image(2 * latents, smaller)),
        ),
    )


def _vae_decoder(component: Component) -> Ports:
    larger = Fraction(component.scale)
    return Ports(
        inputs=(Port("latent_sample", "float32", _image(component.integer("latent_channels"))),),
        outputs=(Port("sample", "float32", _image(component.integer("out_channels"), larger)),),
    )


_PORTS = {
    ComponentKind.TEXT_ENCODER: _text_encoder,
    ComponentKind.TEXT_ENCODER_2: _text_encoder_2,
    ComponentKind.UNET: _unet,
    ComponentKind.CNET: _cnet,
    ComponentKind.CONTROLNET: _controlnet,
    ComponentKind.VAE_ENCODER: _vae_encoder,
    ComponentKind.VAE_DECODER: _vae_decoder,
}
