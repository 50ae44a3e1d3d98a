import pytest

from converter.graphs import Component, ComponentKind, Port, example_shapes, ports_of
from tests.support.components import component_of
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


@pytest.mark.parametrize("value", ["64", 64.0, None])
def test_a_config_field_that_should_be_a_whole_number_is_checked(value: str | float | None) -> None:
    component = Component(ComponentKind.TEXT_ENCODER, {"hidden_size": value})
    with pytest.raises(TypeError, match=r"text_encoder: config field 'hidden_size' is .* expected a whole number"):
        component.integer("hidden_size")


@pytest.mark.parametrize("value", ["32", 32, None])
def test_a_config_field_that_should_be_a_list_is_checked(value: str | int | None) -> None:
    component = Component(ComponentKind.UNET, {"block_out_channels": value})
    with pytest.raises(TypeError, match=r"unet: config field 'block_out_channels' is .* expected a list"):
        component.sequence("block_out_channels")
