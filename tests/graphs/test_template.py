import json
from dataclasses import replace

import onnx
import pytest

from converter.graphs import Component, ComponentKind, GraphError, Parameter, Template, template_key, tracing_versions
from tests.support.components import component_of
from tests.support.sd1_models import pico

RECIPE = "onnx_registry.recipe"


def changed_recipe(template: Template, change: object) -> bytes:
    """The template's file with another recipe in it, or none."""
    model = onnx.ModelProto.FromString(template.to_onnx())
    del model.metadata_props[:]
    if change is not None:
        model.metadata_props.add(key=RECIPE, value=change if isinstance(change, str) else json.dumps(change))
    data: bytes = model.SerializeToString()
    return data


def recipe_of(template: Template) -> dict[str, object]:
    model = onnx.ModelProto.FromString(template.to_onnx())
    recipe: dict[str, object] = json.loads(model.metadata_props[0].value)
    return recipe


def test_reading_what_was_written_gives_the_same_template(template: Template) -> None:
    assert Template.from_onnx(template.to_onnx()) == template


def test_writing_what_was_read_gives_the_same_bytes(template: Template) -> None:
    data = template.to_onnx()
    assert Template.from_onnx(data).to_onnx() == data


def test_a_template_is_an_onnx_file_that_the_checker_accepts(template: Template) -> None:
    onnx.checker.check_model(template.to_onnx(), full_check=True)


@pytest.mark.parametrize(
    "data",
    [b"", b"<!DOCTYPE html>", b"\x00" * 100, b"\xff" * 100],
    ids=["empty", "html", "zeros", "ones"],
)
def test_bytes_that_are_no_template_are_refused(data: bytes) -> None:
    with pytest.raises(GraphError, match="not a graph template"):
        Template.from_onnx(data)


def test_a_truncated_template_is_refused(small_template: Template) -> None:
    with pytest.raises(GraphError, match="not a graph template"):
        Template.from_onnx(small_template.to_onnx()[:-10])


@pytest.mark.parametrize(
    "recipe",
    [
        None,
        "{",
        "[]",
        "{}",
        '"text"',
        {"key": "k", "nodes": 1, "versions": {}},
        {"key": "k", "nodes": 1, "versions": {}, "parameters": [{"name": "a"}]},
        {"key": "k", "nodes": 1, "versions": {}, "parameters": 3},
    ],
)
def test_an_onnx_file_without_a_whole_recipe_is_refused(small_template: Template, recipe: object) -> None:
    with pytest.raises(GraphError, match="not a graph template"):
        Template.from_onnx(changed_recipe(small_template, recipe))


def test_a_recipe_is_read_back_whatever_the_order_of_its_fields(small_template: Template) -> None:
    backwards = dict(reversed(recipe_of(small_template).items()))
    assert Template.from_onnx(changed_recipe(small_template, backwards)) == small_template


def test_the_source_of_a_parameter_that_is_stored_as_it_is_has_its_shape() -> None:
    assert Parameter("w", "w", (2, 3), None).source_shape == (2, 3)


def test_the_source_of_a_transposed_parameter_has_the_shape_before_it() -> None:
    # Storing axes (2, 0, 1) of a (5, 7, 3) tensor gives (3, 5, 7).
    assert Parameter("w", "w", (3, 5, 7), (2, 0, 1)).source_shape == (5, 7, 3)


def test_the_key_of_a_component_is_always_the_same(kind: ComponentKind) -> None:
    assert template_key(component_of(pico(0), kind)) == template_key(component_of(pico(1), kind))


def test_a_template_carries_the_key_of_its_component(kind: ComponentKind, template: Template) -> None:
    assert template.key == template_key(component_of(pico(), kind))


def test_the_order_of_config_fields_does_not_change_the_key() -> None:
    unet = component_of(pico(), ComponentKind.UNET)
    backwards = Component(unet.kind, dict(reversed(list(unet.config.items()))))
    assert template_key(backwards) == template_key(unet)


def test_each_field_of_a_config_changes_the_key() -> None:
    unet = component_of(pico(), ComponentKind.UNET)
    keys = {template_key(Component(unet.kind, {**unet.config, name: "other"})) for name in unet.config}
    assert len(keys) == len(unet.config)
    assert template_key(unet) not in keys


def test_the_two_graphs_of_one_config_have_different_keys() -> None:
    encoder = component_of(pico(), ComponentKind.VAE_ENCODER)
    assert template_key(encoder) != template_key(replace(encoder, kind=ComponentKind.VAE_DECODER))


@pytest.mark.parametrize("library", ["torch", "diffusers", "transformers", "onnxscript", "onnx-ir", "onnx"])
def test_another_version_of_a_library_that_traces_changes_the_key(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    component = component_of(pico(), ComponentKind.UNET)
    before = template_key(component)
    versions = {**tracing_versions(), library: "0.0.1"}
    monkeypatch.setattr("converter.graphs.template.tracing_versions", lambda: versions)
    assert template_key(component) != before


def test_another_format_changes_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    component = component_of(pico(), ComponentKind.UNET)
    before = template_key(component)
    monkeypatch.setattr("converter.graphs.template.TEMPLATE_FORMAT", 0)
    assert template_key(component) != before


def test_the_build_of_a_library_does_not_change_its_version() -> None:
    assert "+" not in tracing_versions()["torch"]


def test_a_template_says_which_libraries_traced_it(small_template: Template) -> None:
    assert small_template.versions == tracing_versions()
