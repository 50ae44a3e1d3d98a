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

Part = Literal["text_encoder", "unet", "vae"]
"""The torch models of a pipeline; the VAE becomes two graphs."""

_TITLES: Mapping[Part, str] = {
    "text_encoder": "CLIPTextModel",
    "unet": "UNet2DConditionModel",
    "vae": "AutoencoderKL",
}

_ONE_EACH_BLOCK = frozenset(
    {"attention_head_dim", "cross_attention_dim", "layers_per_block", "transformer_layers_per_block"}
)
"""Whole numbers that a UNet may have one of for all blocks, or a list of with one for each."""

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
            f"{where}: {', '.join(_unknown(name, raw[name], fields) for name in unknown)}; {_TITLES[part]} "
            "of the libraries that trace it knows no such field, remove it or use another model"
        )
    return {
        name: _typed(raw.get(name, default), default, f"{where}: {name}", listed=name in _ONE_EACH_BLOCK)
        for name, default in fields.items()
    }


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
