"""Component configs: the table of class defaults, the shipped configs, strict reading and the canonical form."""

import inspect
import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, get_args

import pytest

from converter.canonical import canonical_json
from converter.models import ModelError, Part
from converter.models.architectures import FAMILIES
from converter.models.configs import graph_config, read_object, shipped
from tests.support.family import full, full_controlnet

PARTS: tuple[Part, ...] = get_args(Part)
SHIPPED = [
    (family, part)
    for family, its in FAMILIES.items()
    for part in PARTS
    if (part in its.encoders or not part.startswith("text"))
    and (part != "controlnet" or family in ("sd1", "sd2", "sdxl"))
]
"""Family and part of each config of a torch class that ships with the package."""
TABLE: dict[Part, dict[str, Any]] = json.loads(
    files("converter.models").joinpath("data", "class_defaults.json").read_text("utf-8")
)


def library_defaults(part: Part) -> dict[str, Any]:
    """Each argument of the class that the pinned library traces, with its default as JSON has it."""
    from diffusers import AutoencoderKL, ControlNetModel, UNet2DConditionModel
    from transformers import CLIPTextConfig

    made: dict[Part, Any] = {
        "text_encoder": CLIPTextConfig,
        "text_encoder_2": CLIPTextConfig,
        "controlnet": ControlNetModel.__init__,
        "unet": UNet2DConditionModel.__init__,
        "vae": AutoencoderKL.__init__,
    }
    arguments = [p for p in inspect.signature(made[part]).parameters.values() if p.name != "self"]
    named = {p.name: p.default for p in arguments if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in named.items()}


@pytest.mark.parametrize("part", PARTS)
def test_every_field_of_the_pinned_class_is_in_the_table(part: Part) -> None:
    known = {*TABLE[part]["fields"], *TABLE[part]["no_effect_on_the_graph"]}

    assert library_defaults(part).keys() - known == set()


@pytest.mark.parametrize("part", PARTS)
def test_every_field_of_the_table_has_the_default_of_the_pinned_class(part: Part) -> None:
    expected = library_defaults(part)

    assert TABLE[part]["fields"] == {name: expected.get(name, "no such field") for name in TABLE[part]["fields"]}


@pytest.mark.parametrize("part", PARTS)
def test_a_field_shapes_the_graph_or_does_not(part: Part) -> None:
    assert set(TABLE[part]["fields"]) & set(TABLE[part]["no_effect_on_the_graph"]) == set()


@pytest.mark.parametrize(("family", "part"), SHIPPED)
def test_the_shipped_configs_are_accepted_whole(family: str, part: Part) -> None:
    raw = shipped(family, part)
    config = graph_config(part, raw, "here")

    changed = {name: config[name] for name, value in raw.items() if name in config and config[name] != value}
    # XL's own config has null for a switch, and configs of text encoders an old number for the end token.
    assert changed in ({}, {"upcast_attention": False}, {"eos_token_id": 49407})


def test_an_end_token_of_old_configs_is_the_last_one_of_the_vocabulary() -> None:
    assert graph_config("text_encoder", {"eos_token_id": 2, "vocab_size": 1000}, "here")["eos_token_id"] == 999
    assert graph_config("text_encoder", {"eos_token_id": 7, "vocab_size": 1000}, "here")["eos_token_id"] == 7


@pytest.mark.parametrize(("family", "part"), [item for item in SHIPPED if item[1] != "controlnet"])
def test_the_shipped_configs_are_those_of_the_family_at_its_real_size(family: str, part: Part) -> None:
    published = full(family).configs[part]

    assert graph_config(part, shipped(family, part), "here") == graph_config(part, dict(published), "here")
    assert shipped(family, part).get("scaling_factor") == published.get("scaling_factor")


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_the_shipped_config_of_a_controlnet_is_the_one_that_fits_the_family(family: str) -> None:
    # Where attention is computed in higher precision is all the same in float32.
    published = {**full_controlnet(family).config, "upcast_attention": False}

    ours, theirs = (graph_config("controlnet", raw, "x") for raw in (shipped(family, "controlnet"), published))
    assert ours == theirs


@pytest.mark.parametrize("family", FAMILIES)
def test_the_shipped_schedulers_are_those_that_the_family_is_published_with(family: str) -> None:
    for name, published in full(family).schedulers.items():
        ours = shipped(family, name)
        assert {field: ours[field] for field in published if field in ours}.items() <= dict(published).items()
        assert {"_class_name", "beta_end", "beta_start", "prediction_type"} <= ours.keys() & published.keys()


def test_the_shipped_configs_are_those_of_stable_diffusion_1_5() -> None:
    text, unet, vae = (shipped("sd1", part) for part in ("text_encoder", "unet", "vae"))

    assert (text["hidden_size"], text["num_hidden_layers"], text["num_attention_heads"]) == (768, 12, 12)
    assert (unet["block_out_channels"], unet["cross_attention_dim"]) == ([320, 640, 1280, 1280], 768)
    assert (unet["attention_head_dim"], unet["in_channels"]) == (8, 4)
    assert (vae["block_out_channels"], vae["scaling_factor"]) == ([128, 256, 512, 512], 0.18215)
    # transformers takes the state of the largest id where a config says 2, and that of the first such id elsewhere.
    assert text["eos_token_id"] == 2


def test_the_shipped_scheduler_is_the_one_that_stable_diffusion_1_5_was_trained_with() -> None:
    scheduler = shipped("sd1", "scheduler")

    assert (scheduler["beta_start"], scheduler["beta_end"]) == (0.00085, 0.012)
    assert (scheduler["beta_schedule"], scheduler["prediction_type"]) == ("scaled_linear", "epsilon")


@pytest.mark.parametrize("part", PARTS)
def test_spelling_out_a_default_changes_nothing(part: Part) -> None:
    spelt_out = graph_config(part, TABLE[part]["fields"], "here")

    assert canonical_json(spelt_out) == canonical_json(graph_config(part, {}, "here"))


@pytest.mark.parametrize(("family", "part"), SHIPPED)
def test_the_canonical_form_is_its_own_canonical_form(family: str, part: Part) -> None:
    once = graph_config(part, shipped(family, part), "here")

    assert canonical_json(graph_config(part, once, "here")) == canonical_json(once)


@pytest.mark.parametrize("part", PARTS)
def test_fields_without_effect_on_the_graph_change_nothing(part: Part) -> None:
    noise = dict.fromkeys(TABLE[part]["no_effect_on_the_graph"], "anything")

    assert graph_config(part, noise, "here") == graph_config(part, {}, "here")


@pytest.mark.parametrize(
    ("part", "field"), [("unet", "mid_block_scale_factor"), ("unet", "resnet_out_scale_factor"), ("unet", "norm_eps")]
)
def test_a_whole_number_and_the_same_float_are_one_config(part: Part, field: str) -> None:
    whole = graph_config(part, {field: 1}, "here")

    assert canonical_json(whole) == canonical_json(graph_config(part, {field: 1.0}, "here"))


def test_the_order_of_fields_does_not_matter() -> None:
    raw = shipped("sd1", "unet")

    assert list(graph_config("unet", dict(reversed(raw.items())), "here")) == list(graph_config("unet", raw, "here"))


def test_a_changed_field_is_another_config() -> None:
    assert graph_config("unet", {"norm_num_groups": 16}, "here") != graph_config("unet", {}, "here")


def test_an_unknown_field_with_a_value_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(ModelError) as caught:
        graph_config("unet", {"norm_num_group": 16}, "unet/config.json")

    message = str(caught.value)
    assert message.startswith(
        "unet/config.json: unknown field 'norm_num_group' = 16 (nearest known: 'norm_num_groups')"
    )
    assert "UNet2DConditionModel of the libraries that trace it knows no such field, remove it" in message


def test_all_unknown_fields_are_named_at_once() -> None:
    with pytest.raises(ModelError, match=r"'xyzzy' = 1, unknown field 'plugh' = \[2\];"):
        graph_config("vae", {"xyzzy": 1, "plugh": [2]}, "vae/config.json")


@pytest.mark.parametrize("nothing", [None, False, [], {}, "", 0])
def test_an_unknown_field_that_asks_for_nothing_is_ignored(nothing: Any) -> None:
    assert graph_config("unet", {"of_a_later_library": nothing}, "here") == graph_config("unet", {}, "here")


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("unet", "act_fn", 3),
        ("unet", "act_fn", None),
        ("unet", "flip_sin_to_cos", 1),
        ("unet", "use_linear_projection", "no"),
        ("unet", "only_cross_attention", [True, 0]),
        ("unet", "only_cross_attention", "all"),
        ("unet", "upcast_attention", [True]),
        ("unet", "norm_eps", "small"),
        ("unet", "norm_eps", True),
        ("unet", "layers_per_block", "2"),
        ("unet", "layers_per_block", 2.5),
        ("unet", "layers_per_block", True),
        ("unet", "layers_per_block", []),
        ("unet", "layers_per_block", [2, "2"]),
        ("unet", "in_channels", [4]),
        ("unet", "block_out_channels", 320),
        ("unet", "block_out_channels", "wide"),
        ("unet", "block_out_channels", []),
        ("unet", "block_out_channels", [320, None]),
        ("unet", "down_block_types", ["DownBlock2D", 1]),
        ("vae", "latent_channels", {"a": 4}),
        ("text_encoder", "hidden_size", "768"),
        ("text_encoder", "hidden_size", None),
        ("text_encoder", "num_hidden_layers", [12]),
    ],
)
def test_a_field_of_another_type_is_refused(part: Part, field: str, value: Any) -> None:
    with pytest.raises(ModelError) as caught:
        graph_config(part, {field: value}, f"{part}/config.json")

    message = str(caught.value)
    assert message.startswith(f"{part}/config.json: {field} is {value!r}, expected ")
    assert f"such as {TABLE[part]['fields'][field]!r}" in message


@pytest.mark.parametrize(
    "field", ["attention_head_dim", "cross_attention_dim", "layers_per_block", "transformer_layers_per_block"]
)
def test_a_unet_may_have_one_number_for_each_block(field: str) -> None:
    assert graph_config("unet", {field: [1, 2, 4, 4]}, "here")[field] == [1, 2, 4, 4]


def test_a_unet_may_say_for_each_block_whether_it_attends_to_the_text_alone() -> None:
    # As the x4 upscaler does.
    flags = [True, False]
    assert graph_config("unet", {"only_cross_attention": flags}, "here")["only_cross_attention"] == flags


def test_null_for_a_switch_that_is_published_so_is_false() -> None:
    assert graph_config("unet", {"upcast_attention": None}, "here") == graph_config("unet", {}, "here")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b'{"a": 1', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": 1e999}', "not JSON"),
        (b'{"a": "\\ud800"}', "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[1]", "found JSON list, expected an object"),
        (b'"text"', "found JSON str, expected an object"),
        (b"null", "found JSON NoneType, expected an object"),
    ],
    ids=["empty", "html", "cut", "latin-1", "nan", "infinite", "surrogate", "deep", "list", "text", "null"],
)
def test_what_is_not_a_json_object_is_refused_by_its_place(data: bytes, found: str) -> None:
    with pytest.raises(ModelError, match=f"^unet/config.json: {found}"):
        read_object(data, "unet/config.json")


def test_a_json_object_is_read_as_it_is() -> None:
    read: Mapping[str, Any] = read_object('{"a": [1, null, "é"], "b": {"c": 0.5}}'.encode(), "here")

    assert read == {"a": [1, None, "é"], "b": {"c": 0.5}}
