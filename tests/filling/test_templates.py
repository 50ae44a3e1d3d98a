"""The graphs that ship are those that this checkout traces, byte by byte."""

import pytest

from converter.filling.templates import boxed_template
from converter.graphs import TEMPLATES
from converter.known import known_components

COMPONENTS = known_components()
QUICK = ("sd1-text_encoder", "sd1-vae_encoder")
"""A few seconds each."""
SLOW = (
    "sd1-unet",
    "sd1-cnet",
    "sd1-vae_decoder",
    "sd1-controlnet",
    "sd2-text_encoder",
    "sd2-unet",
    "sdxl-text_encoder_2",
    "sdxl-unet",
    "sd-x4-upscaler-unet",
)
"""Up to a minute each: every kind of graph, and the UNet of nearly every family. The others are variants of these (a
UNet that takes more channels, an embedding of the guidance): `python -m converter.filling --check` traces all of them.
"""


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in SLOW)])
def test_what_ships_is_traced_again_to_the_same_bytes(name: str) -> None:
    made = boxed_template(name, COMPONENTS[name])

    assert TEMPLATES.get(made.key) == made.data


@pytest.mark.parametrize("name", COMPONENTS)
def test_the_index_says_what_made_it(name: str) -> None:
    component = COMPONENTS[name]
    (said,) = [found for key in TEMPLATES.keys if (found := TEMPLATES.said(key)) and found["name"] == name]

    assert (said["kind"], said["config"], said.get("pooled_width")) == (
        component.kind,
        component.config,
        component.pooled_width,
    )
    assert said["versions"]["torch"] == "2.13.0"  # type: ignore[index,call-overload]  # JSON
