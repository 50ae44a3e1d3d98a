"""Component configs: strict reading, and the canonical form that decides which graph a config asks for.

`data/class_defaults.json` holds, for each torch class, every field that shapes its graph with the default of the pinned
library (`tests/models/test_configs.py` compares them), and the fields that do not. Two configs that differ only in how
much they spell out have the same canonical form, and therefore the same graph template.
"""

import difflib
import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Literal

from converter.canonical import JsonObject, JsonValue, canonical_json
from converter.models.errors import ModelError

Part = Literal["text_encoder", "text_encoder_2", "unet", "vae", "controlnet"]
"""The torch models of a pipeline; the VAE becomes two graphs, and a ControlNet is a release of its own."""

CLASSES: Mapping[Part, str] = {
    "text_encoder": "CLIPTextModel",
    "text_encoder_2": "CLIPTextModelWithProjection",
    "unet": "UNet2DConditionModel",
    "vae": "AutoencoderKL",
    "controlnet": "ControlNetModel",
}

_ONE_EACH_BLOCK = frozenset(
    {
        "attention_head_dim",
        "cross_attention_dim",
        "layers_per_block",
        "only_cross_attention",
        "transformer_layers_per_block",
    }
)
"""Values that a UNet may have one of for all blocks, or a list of with one for each."""
_NULL_IS_FALSE = frozenset({"upcast_attention"})
"""Switches for which Stable Diffusion XL's own config has null."""

_OLD_END = 2
"""What configs from before transformers 4.30 call the end token: there CLIP pools at the largest id of the prompt.

That is the end token, until tokens are added behind it; the graph looks for the end token itself, so that it serves
both.
"""

_KINDS: Mapping[type, str] = {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}


def shipped(architecture: str, name: str) -> dict[str, JsonValue]:
    """A config that ships with the package, such as `shipped("sd1", "unet")`, for checkpoints that carry none."""
    data = files("converter.models").joinpath("data", architecture, f"{name}.json").read_bytes()
    return dict(read_object(data, f"{architecture}/{name}.json"))


def read_object(data: bytes, where: str) -> JsonObject:
    """Read a JSON object; `where` names the file in messages.

    Raises:
        ModelError: it is not UTF-8, not JSON (NaN and infinities included), or not an object.
    """
    try:
        value = json.loads(data.decode("utf-8"))
        canonical_json(value)  # Python reads NaN, 1e999 and halves of characters, which cannot be published again
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{where}: not JSON ({error}); expected the config of a diffusers component") from error
    if not isinstance(value, dict):
        raise ModelError(f"{where}: found JSON {type(value).__name__}, expected an object")
    return value


def graph_config(part: Part, raw: JsonObject, where: str) -> JsonObject:
    """The canonical config of a torch class: each field that shapes the graph, with its default where `raw` has none.

    Raises:
        ModelError: `raw` asks for something that the class does not know, or gives a field another type.
    """
    table = _class_defaults()[part]
    fields, ignored = table["fields"], table["no_effect_on_the_graph"]
    unknown = [name for name, value in raw.items() if name not in fields and name not in ignored and value]
    if unknown:
        raise ModelError(
            f"{where}: {', '.join(_unknown(name, raw[name], fields) for name in unknown)}; {CLASSES[part]} "
            "of the libraries that trace it knows no such field, remove it or use another model"
        )
    found = {
        name: _typed(_given(raw, name, default), default, f"{where}: {name}", listed=name in _ONE_EACH_BLOCK)
        for name, default in fields.items()
    }
    return found if found.get("eos_token_id") != _OLD_END else {**found, "eos_token_id": _last_id(found)}


def _last_id(config: JsonObject) -> int:
    """The id of the end token: the last one of CLIP's vocabulary."""
    return int(str(config["vocab_size"])) - 1


def _given(raw: JsonObject, name: str, default: JsonValue) -> JsonValue:
    value = raw.get(name, default)
    return default if value is None and name in _NULL_IS_FALSE else value


def _unknown(name: str, value: JsonValue, fields: JsonObject) -> str:
    near = difflib.get_close_matches(name, fields, 1)
    return f"unknown field {name!r} = {value!r}" + (f" (nearest known: {near[0]!r})" if near else "")


def _typed(value: JsonValue, default: JsonValue, where: str, *, listed: bool) -> JsonValue:
    """`value`, with whole numbers written as floats where the class has floats, so that 1 and 1.0 are one config.

    With `listed`, a whole number may also be a list of them.
    """
    if isinstance(default, float) and type(value) is int:
        return float(value)
    items = _items(value) if isinstance(default, list) or (listed and isinstance(value, list)) else (value,)
    kind = type(default[0]) if isinstance(default, list) else type(default)
    if default is not None and (not items or any(type(item) is not kind for item in items)):
        wanted = f"a list with {_KINDS[kind]} in each place" if isinstance(default, list) else _KINDS[kind]
        raise ModelError(f"{where} is {value!r}, expected {wanted} such as {default!r}; correct the config")
    return value


def _items(value: JsonValue) -> tuple[JsonValue, ...]:
    return tuple(value) if isinstance(value, list | tuple) else ()


@cache
def _class_defaults() -> dict[str, dict[str, dict[str, JsonValue]]]:
    data = files("converter.models").joinpath("data", "class_defaults.json").read_text("utf-8")
    table: dict[str, dict[str, dict[str, JsonValue]]] = json.loads(data)
    return table
