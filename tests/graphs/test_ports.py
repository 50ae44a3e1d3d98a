"""The ports of each graph: the contract with every client of a release."""

import pytest

from converter.graphs import Component, ComponentKind, Port, example_shapes, ports_of
from converter.graphs.axes import size_of
from tests.support.components import component_of
from tests.support.family_components import NEW_KINDS, family_component
from tests.support.sd1_models import pico, sd15

BATCH_SEQUENCE = ("batch", "sequence")


def names(ports: tuple[Port, ...]) -> list[str]:
    return [port.name for port in ports]


def test_the_text_encoder_has_the_ports_of_the_universal_folder() -> None:
    ports = ports_of(component_of(sd15(), ComponentKind.TEXT_ENCODER))
    assert ports.inputs == (Port("input_ids", "int32", BATCH_SEQUENCE),)
    assert ports.outputs[0] == Port("last_hidden_state", "float32", (*BATCH_SEQUENCE, 768))
    assert ports.outputs[1] == Port("pooler_output", "float32", ("batch", 768))
    assert names(ports.outputs[2:]) == [f"hidden_states.{i}" for i in range(13)]
    assert {port.shape for port in ports.outputs[2:]} == {(*BATCH_SEQUENCE, 768)}


def test_the_unet_has_the_ports_of_the_universal_folder() -> None:
    ports = ports_of(component_of(sd15(), ComponentKind.UNET))
    assert ports.inputs == (
        Port("sample", "float32", ("batch", 4, "height", "width")),
        Port("timestep", "float32", ()),
        Port("encoder_hidden_states", "float32", (*BATCH_SEQUENCE, 768)),
    )
    assert ports.outputs == (Port("out_sample", "float32", ("batch", 4, "height", "width")),)


def test_the_vae_encoder_has_the_ports_of_the_universal_folder() -> None:
    ports = ports_of(component_of(sd15(), ComponentKind.VAE_ENCODER))
    assert ports.inputs == (Port("sample", "float32", ("batch", 3, "height", "width")),)
    assert ports.outputs == (
        Port("latent_sample", "float32", ("batch", 4, "height / 8", "width / 8")),
        Port("latent_parameters", "float32", ("batch", 8, "height / 8", "width / 8")),
    )


def test_the_vae_decoder_has_the_ports_of_the_universal_folder() -> None:
    ports = ports_of(component_of(sd15(), ComponentKind.VAE_DECODER))
    assert ports.inputs == (Port("latent_sample", "float32", ("batch", 4, "height", "width")),)
    assert ports.outputs == (Port("sample", "float32", ("batch", 3, "height * 8", "width * 8")),)


def test_the_axis_names_of_the_vae_follow_its_number_of_blocks() -> None:
    encoder = ports_of(component_of(pico(), ComponentKind.VAE_ENCODER))
    decoder = ports_of(component_of(pico(), ComponentKind.VAE_DECODER))
    assert encoder.outputs[0].shape == ("batch", 4, "height / 2", "width / 2")
    assert decoder.outputs[0].shape == ("batch", 3, "height * 2", "width * 2")


def test_examples_are_given_in_units_of_what_the_image_must_be_divisible_by() -> None:
    unet = example_shapes(component_of(sd15(), ComponentKind.UNET), batch=2, blocks=(8, 6), tokens=77)
    encoder = example_shapes(component_of(sd15(), ComponentKind.VAE_ENCODER), batch=2, blocks=(8, 6), tokens=77)
    decoder = example_shapes(component_of(sd15(), ComponentKind.VAE_DECODER), batch=2, blocks=(8, 6), tokens=77)
    assert unet["sample"] == (2, 4, 64, 48)
    assert encoder["sample"] == (2, 3, 64, 48)
    assert decoder["latent_sample"] == (2, 4, 8, 6)


def test_the_example_of_a_scalar_timestep_has_one_element() -> None:
    shapes = example_shapes(component_of(pico(), ComponentKind.UNET), batch=2, blocks=(8, 6), tokens=77)
    assert shapes["timestep"] == (1,)


def real(architecture: str, kind: ComponentKind) -> Component:
    return family_component(architecture, kind, real_size=True)


def test_the_second_text_encoder_has_the_ports_of_the_universal_folder() -> None:
    ports = ports_of(real("sdxl", ComponentKind.TEXT_ENCODER_2))
    assert ports.inputs == (Port("input_ids", "int64", BATCH_SEQUENCE),)
    assert ports.outputs[0] == Port("text_embeds", "float32", ("batch", 1280))
    assert ports.outputs[1] == Port("last_hidden_state", "float32", (*BATCH_SEQUENCE, 1280))
    assert names(ports.outputs[2:]) == [f"hidden_states.{i}" for i in range(33)]
    assert {port.shape for port in ports.outputs[2:]} == {(*BATCH_SEQUENCE, 1280)}


@pytest.mark.parametrize(
    ("architecture", "channels", "width", "pooled", "ids"),
    [
        ("sdxl", 4, 2048, 1280, 6),
        ("sdxl-inpaint", 9, 2048, 1280, 6),
        ("sdxl-pix2pix", 8, 2048, 1280, 6),
        ("sdxl-refiner", 4, 1280, 1280, 5),
    ],
)
def test_the_unet_of_stable_diffusion_xl_takes_the_pooled_text_and_sizes_besides(
    architecture: str, channels: int, width: int, pooled: int, ids: int
) -> None:
    ports = ports_of(real(architecture, ComponentKind.UNET))
    assert ports.inputs == (
        Port("sample", "float32", ("batch", channels, "height", "width")),
        Port("timestep", "float32", ()),
        Port("encoder_hidden_states", "float32", (*BATCH_SEQUENCE, width)),
        Port("text_embeds", "float32", ("batch", pooled)),
        Port("time_ids", "float32", ("batch", ids)),
    )
    assert ports.outputs == (Port("out_sample", "float32", ("batch", 4, "height", "width")),)


@pytest.mark.parametrize(("architecture", "before"), [("sd1-lcm", []), ("sdxl-lcm", ["text_embeds", "time_ids"])])
def test_a_distilled_unet_takes_the_embedding_of_the_guidance_last(architecture: str, before: list[str]) -> None:
    inputs = ports_of(real(architecture, ComponentKind.UNET)).inputs[3:]
    assert names(inputs) == [*before, "timestep_cond"]
    assert inputs[-1] == Port("timestep_cond", "float32", ("batch", 256))


def test_the_unet_of_the_upscaler_takes_labels_of_whole_numbers() -> None:
    inputs = ports_of(real("sd-x4-upscaler", ComponentKind.UNET)).inputs
    assert inputs[0].shape == ("batch", 7, "height", "width")
    assert inputs[3:] == (Port("class_labels", "int64", ("batch",)),)


def test_the_vae_of_the_upscaler_halves_twice() -> None:
    encoder = ports_of(real("sd-x4-upscaler", ComponentKind.VAE_ENCODER))
    assert encoder.outputs[0].shape == ("batch", 4, "height / 4", "width / 4")


# https://github.com/huggingface/diffusers/blob/v0.39.0/src/diffusers/models/controlnets/controlnet.py (Apache-2.0):
# the first convolution, each layer, each downsampler, and the middle.
RESIDUALS_OF_SD1 = [
    *[(320, "")] * 3,
    (320, " / 2"),
    *[(640, " / 2")] * 2,
    (640, " / 4"),
    *[(1280, " / 4")] * 2,
    *[(1280, " / 8")] * 4,
]
RESIDUALS_OF_SDXL = [*[(320, "")] * 3, (320, " / 2"), *[(640, " / 2")] * 2, (640, " / 4"), *[(1280, " / 4")] * 3]


@pytest.mark.parametrize(("architecture", "expected"), [("sd1", RESIDUALS_OF_SD1), ("sdxl", RESIDUALS_OF_SDXL)])
def test_a_controlnet_gives_a_residual_for_each_layer_and_the_middle(
    architecture: str, expected: list[tuple[int, str]]
) -> None:
    outputs = ports_of(real(architecture, ComponentKind.CONTROLNET)).outputs
    down = [f"down_block_{number}" for number in range(len(expected) - 1)]
    assert names(outputs) == [*down, "mid_block_additional_residual"]
    assert [port.shape for port in outputs] == [
        ("batch", channels, f"height{factor}", f"width{factor}") for channels, factor in expected
    ]


@pytest.mark.parametrize("architecture", ["sd1", "sd2", "sdxl"])
@pytest.mark.parametrize("real_size", [False, True])
def test_the_unet_for_a_controlnet_takes_exactly_what_a_controlnet_of_its_blocks_gives(
    architecture: str, real_size: bool
) -> None:
    unet, cnet, controlnet = (
        ports_of(family_component(architecture, kind, real_size=real_size))
        for kind in (ComponentKind.UNET, ComponentKind.CNET, ComponentKind.CONTROLNET)
    )
    assert cnet.inputs == (*unet.inputs, *controlnet.outputs)
    assert cnet.outputs == unet.outputs


@pytest.mark.parametrize(
    ("architecture", "conditions"), [("sd1", []), ("sd2", []), ("sdxl", ["text_embeds", "time_ids"])]
)
def test_a_controlnet_takes_what_its_unet_takes_and_a_hint_of_eight_times_the_size(
    architecture: str, conditions: list[str]
) -> None:
    inputs = ports_of(real(architecture, ComponentKind.CONTROLNET)).inputs
    common = ["sample", "timestep", "encoder_hidden_states"]
    assert names(inputs) == [*common, "controlnet_cond", *conditions]
    assert inputs[3] == Port("controlnet_cond", "float32", ("batch", 3, "height * 8", "width * 8"))
    plain = {port.name: port for port in ports_of(real(architecture, ComponentKind.UNET)).inputs}
    assert all(plain[port.name] == port for port in inputs if port.name in plain)


def test_the_examples_of_a_controlnet_fit_each_other() -> None:
    cnet = example_shapes(family_component("sdxl", ComponentKind.CNET), batch=2, blocks=(8, 6), tokens=77)
    controlnet = example_shapes(family_component("sdxl", ComponentKind.CONTROLNET), batch=2, blocks=(8, 6), tokens=77)
    assert cnet["sample"] == controlnet["sample"] == (2, 4, 32, 24)
    assert controlnet["controlnet_cond"] == (2, 3, 256, 192)
    assert cnet["mid_block_additional_residual"] == (2, 128, 8, 6)


@pytest.mark.parametrize(("architecture", "kind"), NEW_KINDS)
def test_no_two_ports_of_a_graph_share_a_name(architecture: str, kind: ComponentKind) -> None:
    ports = ports_of(family_component(architecture, kind))
    every = names((*ports.inputs, *ports.outputs))
    assert len(set(every)) == len(every)


@pytest.mark.parametrize(("architecture", "kind"), NEW_KINDS)
def test_the_module_gives_exactly_the_outputs_of_the_ports(architecture: str, kind: ComponentKind) -> None:
    import torch

    from converter.graphs.modules import build_module

    component, sizes = family_component(architecture, kind), {"batch": 2, "blocks": (4, 2), "tokens": 7}
    ports, shapes = ports_of(component), example_shapes(component, **sizes)  # type: ignore[arg-type]
    dtypes = {"float32": torch.float32, "int32": torch.int32, "int64": torch.int64}
    arguments = [torch.ones(shapes[p.name], dtype=dtypes[p.dtype], device="meta") for p in ports.inputs]
    found = build_module(component)(*arguments)
    outputs = found if isinstance(found, tuple) else (found,)
    unit = component.scale if component.is_image else 1
    free = {"batch": 2, "sequence": 7, "height": 4 * unit, "width": 2 * unit}
    assert [tuple(output.shape) for output in outputs] == [
        tuple(size_of(axis, free) for axis in port.shape) for port in ports.outputs
    ]
