"""Faults that would stop a conversion, found by comparing with the graphs that are in the store."""

from pathlib import Path

import pytest

from converter.graphs import Component, ComponentKind, TemplateStore, template_key
from converter.inspection import inspect_source
from converter.models import KeyMaps, open_model
from converter.registry import LocalSource
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.original_shapes import pico_shapes, write_zeros

GRAPHS = ("text_encoder", "unet", "vae_encoder", "vae_decoder")


@pytest.fixture
def warm(pico_folder: Path, key_maps: KeyMaps, template_store: TemplateStore, cache: Path, tmp_path: Path) -> Workshop:
    with open_model(pico_folder, key_maps) as model:
        for name in model.graphs:
            template_store.get(Component(ComponentKind(name), model.graph(name).config))
    return Workshop(root=tmp_path, build=tmp_path / "build", cache=cache, access=HubAccess())


def test_a_sound_model_is_checked_against_its_graphs(pico_checkpoint: Path, warm: Workshop) -> None:
    found = inspect_source(LocalSource(str(pico_checkpoint)), warm)

    assert (found.faults, found.unchecked) == ((), ())


def test_a_missing_parameter_and_a_wrong_shape_are_found(tmp_path: Path, warm: Workshop) -> None:
    shapes = pico_shapes()
    del shapes["model.diffusion_model.out.2.bias"]
    shapes["first_stage_model.decoder.conv_out.bias"] = (9,)
    write_zeros(tmp_path / "m.safetensors", shapes)

    found = inspect_source(LocalSource("m.safetensors"), warm)

    unet, decoder = found.faults
    assert unet.startswith("unet: 1 missing parameter: conv_out.bias.")
    assert decoder.startswith("vae_decoder: 1 wrong shape: decoder.conv_out.bias has (9,), expected (3,).")


def test_without_graphs_nothing_is_traced_and_that_is_said(pico_checkpoint: Path, tmp_path: Path) -> None:
    cold = Workshop(root=tmp_path, build=tmp_path / "build", cache=tmp_path / "cache", access=HubAccess())

    found = inspect_source(LocalSource(str(pico_checkpoint)), cold)

    assert found.unchecked == GRAPHS
    assert not (tmp_path / "cache/templates").exists()


def test_a_damaged_template_counts_as_none_and_is_not_traced_again(pico_checkpoint: Path, tmp_path: Path) -> None:
    cold = Workshop(root=tmp_path, build=tmp_path / "build", cache=tmp_path / "cache", access=HubAccess())
    with open_model(pico_checkpoint, cold.key_maps) as model:
        key = template_key(Component(ComponentKind.UNET, model.graph("unet").config))
    (tmp_path / "cache/templates").mkdir()
    (tmp_path / f"cache/templates/{key}.{'0' * 64}.onnx").write_bytes(b"damaged")

    assert inspect_source(LocalSource(str(pico_checkpoint)), cold).unchecked == GRAPHS
