"""What a component says of its config."""

import pytest

from converter.graphs import Component, ComponentKind
from converter.graphs.component import UNETS
from tests.support.components import component_of
from tests.support.family_components import family_component
from tests.support.sd1_models import pico, sd15


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


def test_what_sizes_must_be_multiples_of_follows_the_number_of_blocks() -> None:
    assert [component_of(model(), ComponentKind.UNET).scale for model in (pico, sd15)] == [2, 8]


@pytest.mark.parametrize(("architecture", "ids"), [("sdxl", 6), ("sdxl-inpaint", 6), ("sdxl-refiner", 5)])
@pytest.mark.parametrize("real_size", [False, True])
def test_what_is_not_pooled_text_are_embeddings_of_sizes(architecture: str, ids: int, real_size: bool) -> None:
    assert family_component(architecture, ComponentKind.UNET, real_size=real_size).size_ids == ids


def test_everything_but_a_text_encoder_works_on_images() -> None:
    encoders = {ComponentKind.TEXT_ENCODER, ComponentKind.TEXT_ENCODER_2}
    assert {kind for kind in ComponentKind if not Component(kind, {}).is_image} == encoders
    assert not encoders & set(UNETS)
