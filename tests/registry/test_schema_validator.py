"""The compiled validator and jsonschema: two programs that must not differ about any entry."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from converter.canonical import JsonValue
from converter.registry.document import entry_schema, shell_schema, strings_schema
from converter.registry.kinds import DEFINITIONS, SECTIONS
from converter.registry.schema_validator import fits, validator_of

_SCHEMAS = {name: entry_schema(name) for name in DEFINITIONS}
_BOTH = {name: (fits(schema), validator_of(schema)) for name, schema in _SCHEMAS.items()}
_ENTRY: dict[str, JsonValue] = {"name": "fine", "source": "a/b", "scale": 2}

_ENTRY_OF_DIFFUSION: dict[str, JsonValue] = {"name": "fine", "source": "a/b"}

_SCALARS = some.one_of(
    some.none(),
    some.booleans(),
    some.integers(-(10**15), 10**15),
    some.floats(allow_nan=False, allow_infinity=False),
    some.text(max_size=5),
    some.sampled_from(
        ["fine", "fine\n", "Fine", "é" * 64, "a" * 64, "0" * 64, "0" * 64 + "\n", "fp16", "a/b", "x" * 3000]
    ),
    some.sampled_from([18, 18.0, 64, 64.0, 68, -0.0, 100, 100.0000001, 8192, 8200]),
)
_VALUES = some.recursive(
    _SCALARS,
    lambda inner: some.one_of(
        some.lists(inner, max_size=3),
        some.dictionaries(some.sampled_from(["name", "source", "unet", "text_encoder", "weight", "x"]), inner),
        some.fixed_dictionaries({"name": some.just("l"), "source": some.just("a/b/c.pt"), "weight": inner}),
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("definition", DEFINITIONS)
@given(data=some.data())
def test_the_two_agree_about_any_entry(definition: str, data: some.DataObject) -> None:
    known = some.sampled_from([*_SCHEMAS[definition]["properties"], "unknown"])  # type: ignore[misc]
    entry: dict[str, Any] = {**_ENTRY, **data.draw(some.dictionaries(known, _VALUES, max_size=3))}
    if definition not in ("upscaling", "correction"):
        entry.pop("scale", None)
    compiled, jsonschema = _BOTH[definition]

    assert compiled(entry) == jsonschema.is_valid(entry)


@given(some.dictionaries(some.sampled_from([*SECTIONS, "strings", "$schema", "unknown"]), _VALUES, max_size=3))
def test_the_two_agree_about_what_is_around_the_entries(document: dict[str, Any]) -> None:
    assert fits(shell_schema())(document) == validator_of(shell_schema()).is_valid(document)


@pytest.mark.parametrize("definition", DEFINITIONS)
def test_an_entry_that_is_right_fits(definition: str) -> None:
    scale = {"scale": 2} if definition in ("upscaling", "correction") else {}
    kind = DEFINITIONS[definition].kind
    entry = {"name": "fine", "source": "a/b", **scale, **({} if kind is None else {"type": kind})}

    assert _BOTH[definition][0](entry)


@pytest.mark.parametrize("odd", ["\ud800", object(), {1: 2}], ids=["surrogate", "no-json", "key"])
def test_what_json_cannot_say_never_fits(odd: object) -> None:
    assert not _BOTH["diffusion"][0]({**_ENTRY, "label": odd})


@given(some.dictionaries(some.sampled_from(["de", "en", "eng", "en\n", "d", "x-y"]), _VALUES, max_size=3))
def test_the_two_agree_about_translations(languages: dict[str, Any]) -> None:
    assert fits(strings_schema())(languages) == validator_of(strings_schema()).is_valid(languages)


@pytest.mark.parametrize("language", ["en\n", "en\n\n", "\nen"])
def test_a_line_break_beside_a_language_is_seen_by_both(language: str) -> None:
    assert not fits(strings_schema())({language: {}})
    assert not validator_of(strings_schema()).is_valid({language: {}})


@pytest.mark.parametrize("key", ["sha256", "license"])
def test_a_line_break_after_a_text_that_has_a_pattern_is_seen_by_both(key: str) -> None:
    right = {"sha256": "0" * 64, "license": "mit"}[key]
    compiled, jsonschema = _BOTH["diffusion"]

    assert compiled({**_ENTRY_OF_DIFFUSION, key: right})
    assert jsonschema.is_valid({**_ENTRY_OF_DIFFUSION, key: right})
    assert not compiled({**_ENTRY_OF_DIFFUSION, key: f"{right}\n"})
    assert not jsonschema.is_valid({**_ENTRY_OF_DIFFUSION, key: f"{right}\n"})
