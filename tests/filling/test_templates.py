"""The graphs that ship are those that this checkout traces, byte by byte."""

import pytest

from converter.filling.templates import boxed_template
from converter.graphs import TEMPLATES
from converter.known import known_components

COMPONENTS = known_components()
QUICK = ("sd1-vae_encoder",)
"""A few seconds."""
SLOW = ("sd1-text_encoder", "sd1-unet", "sd1-vae_decoder", "sd2-text_encoder")
"""Up to a minute each; the others, mostly UNets, are `exhaustive`: for whoever changes tracing or its libraries."""


def _marked(name: str) -> object:
    if name in QUICK:
        return name
    return pytest.param(name, marks=pytest.mark.slow if name in SLOW else pytest.mark.exhaustive)


@pytest.mark.parametrize("name", [_marked(name) for name in COMPONENTS])
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
