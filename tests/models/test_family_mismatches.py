"""One key missing, one renamed, one of another shape, in each part of each architecture: refused by name, in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.convert import Workshop
from converter.errors import ConverterError
from converter.graphs import Component, ComponentKind, GraphError, Template, require_match
from converter.models import Model, ModelError, open_model
from tests.support.family import ARCHITECTURES
from tests.support.fixtures_family import original_shapes, said_of
from tests.support.shapes_files import fresh_key_maps, place_of

Shapes = dict[str, tuple[int, ...]]
UNET, VAE = "model.diffusion_model.", "first_stage_model."
# A key in each part, the parameter that it is, and the graph that takes it.
EVERYWHERE = [
    (f"{UNET}middle_block.0.in_layers.2.bias", "mid_block.resnets.0.conv1.bias", "unet"),
    (f"{UNET}out.2.bias", "conv_out.bias", "unet"),
    (f"{VAE}encoder.norm_out.bias", "encoder.conv_norm_out.bias", "vae_encoder"),
    (f"{VAE}decoder.mid.block_2.norm2.weight", "decoder.mid_block.resnets.1.norm2.weight", "vae_decoder"),
]
TEXTS = {
    "sd1": [("cond_stage_model.transformer.text_model.encoder.layers.1.mlp.fc2.bias", "text_encoder")],
    "sd2": [("cond_stage_model.model.transformer.resblocks.1.mlp.c_proj.bias", "text_encoder")],
    "sd-x4-upscaler": [("cond_stage_model.model.transformer.resblocks.1.mlp.c_proj.bias", "text_encoder")],
    "sdxl": [
        ("conditioner.embedders.0.transformer.text_model.encoder.layers.1.mlp.fc2.bias", "text_encoder"),
        ("conditioner.embedders.1.model.transformer.resblocks.1.mlp.c_proj.bias", "text_encoder_2"),
    ],
    "sdxl-refiner": [("conditioner.embedders.0.model.transformer.resblocks.1.mlp.c_proj.bias", "text_encoder_2")],
}
FC2 = "text_model.encoder.layers.1.mlp.fc2.bias"


def family_of(architecture: str) -> str:
    return next(name for name in ("sdxl-refiner", "sdxl", "sd-x4-upscaler", "sd2", "sd1") if name in architecture)


CASES = [
    (architecture, key, parameter, graph)
    for architecture in ARCHITECTURES
    for key, parameter, graph in (*EVERYWHERE, *((key, FC2, graph) for key, graph in TEXTS[family_of(architecture)]))
]


def opened(architecture: str, shapes: Shapes) -> Model:
    return open_model(place_of(shapes), fresh_key_maps(), said_of(architecture))


def required(model: Model, graph: str) -> None:
    """Hold a graph's weights against the parameters of its torch class, as binding does with those of its template."""
    from converter.graphs.modules import build_module
    from converter.graphs.template import Parameter

    asked = model.graph(graph)
    module = build_module(Component(ComponentKind(graph), asked.config, asked.pooled_width))
    parameters = [Parameter(name, name, tuple(value.shape), None) for name, value in module.named_parameters()]
    require_match(Template("0" * 64, b"", tuple(parameters), 1, {}), asked.weights.shapes, graph)


@pytest.mark.parametrize(("architecture", "key", "parameter", "graph"), CASES)
def test_a_missing_key_is_named_by_the_parameter_and_the_graph(
    architecture: str, key: str, parameter: str, graph: str
) -> None:
    shapes = original_shapes(architecture)
    del shapes[key]

    with pytest.raises(GraphError) as caught:
        required(opened(architecture, shapes), graph)
    assert str(caught.value).startswith(f"{graph}: 1 missing parameter: {parameter}. ")


@pytest.mark.parametrize(("architecture", "key", "parameter", "graph"), CASES)
def test_a_renamed_key_is_unexpected(architecture: str, key: str, parameter: str, graph: str) -> None:
    shapes = original_shapes(architecture)
    shapes[f"{key}s"] = shapes.pop(key)

    with pytest.raises(ConverterError) as caught:
        required(opened(architecture, shapes), graph)
    # OpenAI's CLIP has its own names, so that what is wrong shows when the graph is bound.
    assert any(name in str(caught.value) for name in (f"1 unexpected key: {key}s", f"1 unexpected key: {parameter}s"))


@pytest.mark.parametrize(("architecture", "key", "parameter", "graph"), CASES)
def test_another_shape_is_named_with_both(architecture: str, key: str, parameter: str, graph: str) -> None:
    before = original_shapes(architecture)[key]

    with pytest.raises(GraphError) as caught:
        required(opened(architecture, {**original_shapes(architecture), key: (7,)}), graph)
    assert f"{graph}: 1 wrong shape: {parameter} has (7,), expected {before}" in str(caught.value)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_what_is_whole_passes(architecture: str) -> None:
    model = opened(architecture, original_shapes(architecture))
    for graph in model.graphs:
        required(model, graph)


def refusals(architecture: str, files: Iterator[Shapes]) -> int:
    """How many of these files are refused; every other error than ours is a failure of the test."""
    count = 0
    for shapes in files:
        try:
            opened(architecture, shapes)
        except ModelError:
            count += 1
    return count


# All keys of Stable Diffusion 1.x are tried elsewhere; of the others every third does for the time that it takes.
@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["sd2", "sd-x4-upscaler", "sdxl", "sdxl-refiner"])
def test_no_missing_key_ends_in_an_error_of_another_kind(architecture: str) -> None:
    whole = original_shapes(architecture)

    files = ({key: shape for key, shape in whole.items() if key != missing} for missing in list(whole)[::3])
    assert refusals(architecture, files) > 3


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["sd2", "sdxl"])
@pytest.mark.parametrize("shape", [(), (0,), (5, 7), (3, 3, 3, 3)])
def test_no_shape_of_any_key_ends_in_an_error_of_another_kind(architecture: str, shape: tuple[int, ...]) -> None:
    whole = original_shapes(architecture)

    files = ({**whole, key: shape} for key in list(whole)[len(shape) :: 4])
    assert refusals(architecture, files) > 0


@pytest.mark.slow
def test_a_whole_conversion_is_refused_by_the_same_words(tmp_path: Path, workshop: Workshop) -> None:
    from converter.convert import convert_entry
    from tests.support.family import tiny, write_original
    from tests.support.registries import diffusion_entry

    key, parameter, graph = EVERYWHERE[0]
    path = write_original(tiny("sd1"), tmp_path / "model.safetensors", rename={key: None})

    with pytest.raises(GraphError, match=rf"^{graph}: 1 missing parameter: {parameter}\. "):
        convert_entry(diffusion_entry(name="broken", source=str(path)), 1, workshop, parity=False)
