"""Pins, written into the text of a registry: the rest of it stays as it is, byte for byte."""

import difflib
import json

import pytest

from converter.registry import (
    CommitPin,
    DigestPin,
    HubFileSource,
    HubSource,
    Pin,
    PlacedSource,
    RegistryError,
    load_registry,
    placed_sources,
    with_pins,
)

COMMIT, DIGEST = "0123456789abcdef0123456789abcdef01234567", "ab" * 32

REGISTRY = """{
    "$schema": "./extras.schema.json",

  "diffusion": [ {"name":"compact","source":"org/one","license":"mit"},
    {
\t"name": "tabs",
\t"source": "civitai://7?type=Model" ,
\t"description": "schön: \\u00fc, \\"source\\": \\"x\\""
    },
    {
      "source": "huggingface://org/two@main/file.safetensors",
      "vae":    "org/vae",
      "name": "last"
    },
    { "name": "named", "revision" : "main", "source": "org/three" }
  ],
  "networks": [
    {"type": "lora", "name": "net",
      "source": "https://example.com/l.safetensors"}
  ]
}
"""


def pins_of(text: str) -> dict[PlacedSource, Pin]:
    found = placed_sources(load_registry(text.encode(), "f").require_valid())
    return {
        placed: CommitPin(COMMIT) if isinstance(placed.source, HubSource | HubFileSource) else DigestPin(DIGEST)
        for placed in found
        if not placed.pinned
    }


def pinned(text: str) -> str:
    return with_pins(text, "f", pins_of(text))


def test_pins_stand_behind_their_sources_and_nothing_else_changes() -> None:
    changes = [line for line in difflib.ndiff(REGISTRY.splitlines(), pinned(REGISTRY).splitlines()) if line[0] in "+-"]

    assert changes == [
        '-   "diffusion": [ {"name":"compact","source":"org/one","license":"mit"},',
        f'+   "diffusion": [ {{"name":"compact","source":"org/one", "revision": "{COMMIT}","license":"mit"}},',
        '- \t"source": "civitai://7?type=Model" ,',
        '+ \t"source": "civitai://7?type=Model",',
        f'+ \t"sha256": "{DIGEST}" ,',
        '-       "source": "huggingface://org/two@main/file.safetensors",',
        '-       "vae":    "org/vae",',
        f'+       "source": "huggingface://org/two@{COMMIT}/file.safetensors",',
        f'+       "vae":    "huggingface://org/vae@{COMMIT}",',
        '-     { "name": "named", "revision" : "main", "source": "org/three" }',
        f'+     {{ "name": "named", "revision" : "{COMMIT}", "source": "org/three" }}',
        '-       "source": "https://example.com/l.safetensors"}',
        '+       "source": "https://example.com/l.safetensors",',
        f'+       "sha256": "{DIGEST}"}}',
    ]


def test_writing_pins_twice_changes_nothing_the_second_time() -> None:
    once = pinned(REGISTRY)

    assert pins_of(once) == {}
    assert pinned(once) == once


@pytest.mark.parametrize("ending", ["", "\r\n", "\r\n\r\n"])
def test_line_breaks_of_windows_and_the_end_of_the_file_stay(ending: str) -> None:
    text = REGISTRY.rstrip("\n").replace("\n", "\r\n") + ending

    found = pinned(text)

    assert found.replace("\r\n", "\n").rstrip("\n") == pinned(REGISTRY).rstrip("\n")
    assert found.count("\n") == found.count("\r\n")
    assert found.endswith("}" + ending)


def test_an_entry_keeps_everything_but_its_pin() -> None:
    before = load_registry(REGISTRY.encode(), "f").entries
    after = load_registry(pinned(REGISTRY).encode(), "f").entries

    assert [(entry.name, entry.section) for entry in after] == [(entry.name, entry.section) for entry in before]


def test_a_source_of_the_old_form_is_refused_with_its_place() -> None:
    text = '{"diffusion": [["one", "org/repo"]]}'
    (placed,) = pins_of(text)

    with pytest.raises(RegistryError, match=r"^\$\.diffusion\[0\]\[1\]: the old form has no place for it"):
        with_pins(text, "f", {placed: CommitPin(COMMIT)})


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": "), (" , ", " : ")])
@pytest.mark.parametrize("indent", [None, 0, 1, 4, "\t"])
def test_in_any_form_of_json_the_pins_are_all_that_is_new(
    indent: int | str | None, separators: tuple[str, str]
) -> None:
    value = json.loads(REGISTRY)
    text = json.dumps(value, indent=indent, separators=separators)

    found = json.loads(pinned(text))

    compact, tabs, last, named = value["diffusion"]
    compact["revision"] = named["revision"] = COMMIT
    tabs["sha256"] = value["networks"][0]["sha256"] = DIGEST
    last |= {"source": f"huggingface://org/two@{COMMIT}/file.safetensors", "vae": f"huggingface://org/vae@{COMMIT}"}
    assert found == value
