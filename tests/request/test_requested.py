"""From the body of an issue to an entry, or to what its author has to correct."""

import json
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.canonical import JsonObject
from converter.registry import Registry, parse_registry
from converter.request import FIELDS, NotReady, Ready, reply, requested
from tests.support.hostile_text import HOSTILE, require_tame, tokens_of
from tests.support.issue_bodies import GOOD, body_of

REGISTRY = parse_registry('{"diffusion": [{"name": "alpha", "source": "org/alpha"}]}', "extras.json")
FULL = {
    **GOOD,
    "label": "Gamma",
    "description": "One line\nand another.",
    "revision": "main",
    "prediction_type": "v_prediction",
    "vae": "org/vae",
    "loras": "paint civitai://5 0.5\n\n  ink   org/ink  ",
    "inversions": "goblin huggingface://sd-concepts-library/goblin <goblin>",
}


def ready(answers: Mapping[str, str]) -> Ready:
    found = requested(body_of(answers), REGISTRY)
    assert isinstance(found, Ready)
    return found


def mistakes(answers: Mapping[str, str], body: str | None = None) -> list[str]:
    found = requested(body_of(answers) if body is None else body, REGISTRY)
    assert isinstance(found, NotReady)
    return [str(mistake) for mistake in found.mistakes]


def as_registry(section: str, entry: JsonObject) -> Registry:
    return parse_registry(json.dumps({section: [entry]}), "extras.json")


def test_the_least_request_is_an_entry() -> None:
    found = ready(GOOD)

    assert (found.section, found.questions) == ("diffusion", ())
    assert found.entry == {key: GOOD[key] for key in ("name", "source", "license")}


def test_every_field_of_a_model_is_in_its_entry_and_the_registry_takes_it() -> None:
    found = ready(FULL)

    assert found.entry == {
        "name": "gamma",
        "source": "huggingface://org/gamma",
        "license": "creativeml-openrail-m",
        "label": "Gamma",
        "description": "One line and another.",
        "revision": "main",
        "prediction_type": "v_prediction",
        "vae": "org/vae",
        "loras": [
            {"name": "paint", "source": "civitai://5", "weight": 0.5},
            {"name": "ink", "source": "org/ink"},
        ],
        "inversions": [
            {"name": "goblin", "source": "huggingface://sd-concepts-library/goblin", "token": "<goblin>"},
        ],
    }
    assert as_registry(found.section, found.entry).errors == ()


def test_a_controlnet_is_an_entry_of_the_networks() -> None:
    found = ready({**GOOD, "kind": "ControlNet"})

    assert found.section == "networks"
    assert found.entry["type"] == "control"
    assert as_registry(found.section, found.entry).errors == ()


def test_line_breaks_of_windows_and_the_empty_choice_of_a_list_change_nothing() -> None:
    body = body_of({**GOOD, "prediction_type": "None"}).replace("\n", "\r\n")

    assert requested(body, REGISTRY) == requested(body_of(GOOD), REGISTRY)


def test_a_heading_that_is_none_of_the_form_belongs_to_the_answer() -> None:
    found = ready({**GOOD, "description": "one\n### two\nthree"})

    assert found.entry["description"] == "one ### two three"


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"name": ""}, ["Name: found nothing, expected an answer; write it, such as openjourney"]),
        ({"kind": ""}, ["Kind of model: found nothing, expected an answer; choose one"]),
        (
            {"kind": "Upscaler"},
            ["Kind of model: found 'Upscaler', expected one of: Stable Diffusion model, ControlNet"],
        ),
        ({"name": "a b\nc"}, ["Name: found 2 lines, expected one; remove the others"]),
        ({"name": "My Model"}, ["Name: found the name 'My Model', which has a space; write 'my-model'"]),
        ({"name": "alpha"}, ["Name: found 'alpha', which is in the registry already; choose another name"]),
        (
            {"source": "https://huggingface.co/org/gamma"},
            ["Source: found a page of the Hub, expected a file; write huggingface://org/gamma"],
        ),
        ({"license": "Open RAIL"}, ["Licence: found 'Open RAIL', expected an identifier such as"]),
        ({"sha256": "abc"}, ["SHA-256: found 'abc', expected 64 hexadecimal digits"]),
        ({"loras": "paint"}, ["LoRAs: line 1: found 1 word, expected a name, a source and, if you like, a weight"]),
        ({"loras": "a org/a\nb org/b 9e9"}, ["LoRAs: line 2: found '9e9', expected a weight such as 0.8"]),
        ({"loras": "a org/a\n../b org/b"}, ["LoRAs: line 2: found the name '../b', expected a plain name"]),
        ({"loras": "a org/a\n" * 21}, ["LoRAs: found 21 lines, expected at most 20; remove some"]),
        ({"inversions": "a org/a b c"}, ["Textual Inversions: line 1: found 4 words"]),
        ({"consent": "- [ ] no"}, ["Before you send: found a box that is not ticked"]),
        (
            {"kind": "ControlNet", "vae": "org/vae"},
            ["Another VAE: found an answer, expected none: a ControlNet has none; remove it"],
        ),
        (
            {"name": "A", "source": "hf:x", "license": "?"},
            ["Name: found the name 'A'", "Source: found the unknown scheme 'hf:'", "Licence: found '?'"],
        ),
    ],
)
def test_every_mistake_is_said_with_its_field(answers: dict[str, str], said: list[str]) -> None:
    found = mistakes({**GOOD, **answers})

    assert len(found) == len(said)
    assert [one for one, begin in zip(found, said, strict=True) if not one.startswith(begin)] == []


def test_a_body_that_is_not_from_the_form_misses_every_answer() -> None:
    assert [one.partition(":")[0] for one in mistakes({}, "please convert openjourney")] == [
        "Kind of model",
        "Name",
        "Source",
        "Licence",
        "Before you send",
    ]


def test_an_answer_with_a_heading_of_the_form_in_it_is_refused() -> None:
    found = mistakes({**GOOD, "description": "nice\n\n### Source\n\nevil/model"})

    assert found == ["Source: found 2 times, expected once; do not write it into an answer"]


def test_a_body_of_a_megabyte_is_one_mistake() -> None:
    assert mistakes({}, "x" * 1_000_000) == ["found 1,000,000 characters, expected at most 65,536; shorten it"]


def test_a_maintainer_is_asked_about_look_alikes_and_other_licences() -> None:
    found = ready({**GOOD, "name": "a1pha", "license": "other"})

    assert found.questions == (
        "the name 'a1pha' can be taken for 'alpha'",
        "the licence 'other' is not on the list of those that are published unasked",
    )
    assert "A maintainer will have to decide:" in reply(found)


def test_the_reply_to_a_good_request_is_the_entry_to_paste() -> None:
    found = ready(FULL)

    (fence,) = [token for token in tokens_of(reply(found)) if token.type == "fence"]

    assert json.loads(fence.content) == found.entry
    assert "into the list `diffusion` of `registry/extras.json`" in reply(found)
    require_tame(reply(found))


@pytest.mark.parametrize("field", [field.key for field in FIELDS])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_answers_break_out_of_nothing(text: str, field: str) -> None:
    found = requested(body_of({**GOOD, field: text}), REGISTRY)

    shown = reply(found)
    require_tame(shown)
    assert len(shown) < 65_536
    if isinstance(found, Ready):
        assert as_registry(found.section, found.entry).errors == ()


@given(st.dictionaries(st.sampled_from([field.key for field in FIELDS]), st.text() | st.sampled_from(["a b", "org/a"])))
def test_any_request_is_an_entry_that_the_registry_takes_or_has_a_mistake(answers: dict[str, str]) -> None:
    found = requested(body_of({**GOOD, **answers}), REGISTRY)

    if isinstance(found, Ready):
        assert as_registry(found.section, found.entry).errors == ()
    else:
        assert found.mistakes
    require_tame(reply(found))


def test_many_mistakes_are_cut_and_counted() -> None:
    lines = "\n".join(["a"] * 20)

    shown = reply(requested(body_of({**GOOD, "loras": lines, "inversions": lines}), REGISTRY))

    assert shown.endswith("\nAnd 20 more.\n")
    assert shown.count("line ") == 20
