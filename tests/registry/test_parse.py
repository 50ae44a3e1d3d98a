import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from converter.registry import RegistryError, Severity, load_registry, parse_registry

DATA = Path(__file__).parent / "data"


def messages(section: str, entry: object) -> list[str]:
    registry = parse_registry(json.dumps({section: [entry]}), "r.json")
    return [f"{finding.path}: {finding.message}" for finding in registry.findings]


def diffusion(**keys: object) -> Mapping[str, object]:
    return {"name": "first", "source": "org/first", **keys}


def test_ten_different_mistakes_are_ten_findings_with_their_lines() -> None:
    registry = load_registry((DATA / "ten_mistakes.json").read_bytes(), "ten_mistakes.json")
    assert [(finding.line, finding.path) for finding in registry.findings] == [
        (3, "$.diffusion[0].sourc"),
        (4, "$.diffusion[1].name"),
        (5, "$.diffusion[2].source"),
        (6, "$.diffusion[3].precision"),
        (7, "$.diffusion[4].half"),
        (8, "$.diffusion[5].name"),
        (9, "$.diffusion[6].half"),
        (13, "$.diffusion[7].revision"),
        (15, "$.diffusion[8].opset"),
        (17, "$.upscaling[0]"),
    ]
    assert all(finding.severity is Severity.ERROR for finding in registry.findings)
    assert registry.entries == ()


def test_requiring_a_valid_registry_raises_all_findings_at_once() -> None:
    registry = load_registry((DATA / "ten_mistakes.json").read_bytes(), "ten_mistakes.json")
    with pytest.raises(
        RegistryError, match=r"ten_mistakes.json: 10 findings:\n  ten_mistakes.json:3:24: error: "
    ) as caught:
        registry.require_valid()
    assert caught.value.findings == registry.findings
    assert caught.value.exit_code == 1


def test_a_valid_registry_is_itself() -> None:
    registry = parse_registry('{"diffusion": [["first", "org/first"]]}', "r.json")
    assert registry.require_valid() is registry
    assert len(registry.warnings) == 1


def test_an_unknown_key_is_told_with_the_nearest_known_one_and_not_as_missing_too() -> None:
    assert messages("diffusion", {"name": "first", "sourc": "org/first"}) == [
        "$.diffusion[0].sourc: unknown key 'sourc'; did you mean 'source'?"
    ]


def test_an_unknown_key_that_is_like_none_is_told_with_all_of_them() -> None:
    (found,) = messages("sources", {"name": "a", "source": "org/a", "zzz": 1})
    assert found.startswith("$.sources[0].zzz: unknown key 'zzz'; the keys are description, dest, format, label, ")


def test_an_unknown_section_is_told_with_the_nearest_known_one() -> None:
    (finding,) = parse_registry('{"difusion": []}', "r.json").findings
    assert finding.message == "unknown key 'difusion'; did you mean 'diffusion'?"


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"source": "org/first"}, "$.diffusion[0]: missing key 'name'; add it"),
        (diffusion(source=3), "$.diffusion[0].source: found 3, expected a text"),
        (diffusion(label=""), "$.diffusion[0].label: found an empty text, expected some; write it or remove the key"),
        (
            diffusion(label="x" * 201),
            "$.diffusion[0].label: found a text of 201 characters, expected at most 200; shorten it",
        ),
        (diffusion(half=None), "$.diffusion[0].half: found null, expected true or false"),
        (diffusion(opset=18.5), "$.diffusion[0].opset: found 18.5, expected a whole number"),
        (diffusion(opset=True), "$.diffusion[0].opset: found true, expected a whole number"),
        (diffusion(opset=99), "$.diffusion[0].opset: found 99, expected at most 30"),
        (diffusion(clip_skip=0), "$.diffusion[0].clip_skip: found 0, expected at least 1"),
        (diffusion(image_size=500), "$.diffusion[0].image_size: found 500, expected a multiple of 8"),
        (
            diffusion(version="v3"),
            "$.diffusion[0].version: found 'v3', expected 'v1', 'v2' or 'v2.1'",
        ),
        (diffusion(loras={}), "$.diffusion[0].loras: found an object, expected a list"),
        (
            diffusion(source="a.ckpt", sha256="abc"),
            "$.diffusion[0].sha256: found 'abc', expected 64 hexadecimal digits",
        ),
        (
            diffusion(license="do what you want"),
            "$.diffusion[0].license: found 'do what you want', expected an identifier such as 'creativeml-openrail-m'",
        ),
        (
            diffusion(config="../x.yaml"),
            "$.diffusion[0].config: found the path '../x.yaml', "
            "expected one inside the models folder; write it as 'control' or 'a/b'",
        ),
        (3, "$.diffusion[0]: found 3, expected an object"),
    ],
)
def test_each_wrong_value_is_one_finding_that_says_what_was_expected(entry: object, found: str) -> None:
    assert messages("diffusion", entry) == [found]


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({"name": None}, ".name: found null, expected a text"),
        ({"name": "../x"}, ".name: found the name '../x', expected a plain name; it must not have '/', '\\' or '..'"),
        (
            {"source": "ftp:/b"},
            ".source: found the unknown scheme 'ftp:', expected huggingface://, civitai://, https://, ",
        ),
        ({"weight": "1"}, ".weight: found '1', expected a number or an object"),
        ({"weight": {"unet": 1}}, ".weight: missing key 'text_encoder'; add it"),
        ({"weight": {"unet": 1, "text_encoder": 1000}}, ".weight.text_encoder: found 1000, expected at most 100"),
        ({"type": "inversion"}, ".type: found 'inversion', expected 'lora'"),
        ({"source": "a.bin", "revision": "v1"}, ".revision: 'a.bin' has no revisions; remove the key, or name a Hub "),
        ({"wieght": 1}, ".wieght: unknown key 'wieght'; did you mean 'weight'?"),
    ],
)
def test_mistakes_inside_a_blended_network_are_found_there(keys: Mapping[str, object], found: str) -> None:
    (message,) = messages("diffusion", diffusion(loras=[{"name": "x", "source": "a/b", **keys}]))
    assert message.startswith(f"$.diffusion[0].loras[0]{found}")


def test_two_missing_keys_of_a_nested_entry_are_two_findings() -> None:
    assert messages("diffusion", diffusion(loras=[{}])) == [
        "$.diffusion[0].loras[0]: missing key 'name'; add it",
        "$.diffusion[0].loras[0]: missing key 'source'; add it",
    ]


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        (diffusion(half=True, precision="fp16"), "$.diffusion[0].half"),
        (diffusion(half=False, precision="fp16-internal"), "$.diffusion[0].half"),
        (diffusion(source="huggingface://org/first@a", revision="b"), "$.diffusion[0].revision"),
        (diffusion(source="models/a.safetensors", revision="b"), "$.diffusion[0].revision"),
        (diffusion(sha256="0" * 64), "$.diffusion[0].sha256"),
        (
            diffusion(inversions=[{"name": "x", "source": "a/b", "format": "concept", "model": "embeddings"}]),
            "$.diffusion[0].inversions[0].format",
        ),
    ],
)
def test_keys_that_contradict_each_other_are_one_finding(entry: object, path: str) -> None:
    (found,) = messages("diffusion", entry)
    assert found.startswith(f"{path}: ")


@pytest.mark.parametrize(
    "entry",
    [
        diffusion(half=True, precision="fp16-internal"),
        diffusion(half=False, precision="int8"),
        diffusion(source="huggingface://org/first@a", revision="a"),
        diffusion(source="models/a.safetensors", sha256="0" * 64),
    ],
)
def test_keys_that_say_the_same_are_accepted(entry: object) -> None:
    assert messages("diffusion", entry) == []


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ({}, ": missing key 'type', expected 'lora', 'inversion' or 'control'; add it"),
        ({"type": "lorra"}, ".type: found 'lorra', expected 'lora', 'inversion' or 'control'; did you mean 'lora'?"),
        ({"type": ["lora"]}, ".type: found a list, expected 'lora', 'inversion' or 'control'"),
        ({"type": "control"}, ".name: found the name 'not a branch', which has a space; write 'not-a-branch'"),
        ({"type": "lora", "token": "x"}, ".token: unknown key 'token'; did you mean 'tokens'?"),
    ],
)
def test_networks_are_told_apart_by_their_type(keys: Mapping[str, object], found: str) -> None:
    (message,) = messages("networks", {"name": "not a branch", "source": "a/b", **keys})
    assert message == f"$.networks[0]{found}"


def test_networks_have_no_legacy_tuples() -> None:
    assert messages("networks", ["x", "a/b"]) == ["$.networks[0]: found a list, expected an object"]


def test_names_of_releases_are_unique_over_all_sections_and_the_first_line_is_told() -> None:
    text = """{
      "diffusion": [{"name": "one-name", "source": "org/a"}],
      "upscaling": [{"name": "one-name", "source": "org/b", "scale": 4}],
      "networks": [{"name": "one-name", "source": "org/c", "type": "control"},
                   {"name": "one-name", "source": "org/d", "type": "lora"}]
    }"""
    found = [(finding.line, finding.message) for finding in parse_registry(text, "r.json").findings]
    assert found == [
        (3, "the name 'one-name' is taken on line 2; rename one"),
        (4, "the name 'one-name' is taken on line 2; rename one"),
    ]


def test_names_are_compared_without_regard_to_case() -> None:
    networks = [{"name": name, "source": "a/b", "type": "lora"} for name in ("Arcane", "ARCANE")]
    (finding,) = parse_registry(json.dumps({"networks": networks}), "r.json").findings
    assert finding.message == "the name 'ARCANE' is taken as 'Arcane' on line 1; rename one"


@pytest.mark.parametrize(
    ("strings", "found"),
    [
        ({"eng": {}}, "$.strings.eng: unknown key 'eng', expected a language of two letters such as 'en'"),
        ({"en": "Hello"}, "$.strings.en: found 'Hello', expected an object"),
        ({"en": {"a": {"b": 3}}}, "$.strings.en.a.b: found 3, expected a text or an object"),
        ({"en": {"a b": "x"}}, "$.strings.en['a b']: unknown key 'a b', expected letters, digits, '_', '.' and '-'"),
    ],
)
def test_mistakes_in_translations_are_found_where_they_are(strings: object, found: str) -> None:
    registry = parse_registry(json.dumps({"strings": strings}), "r.json")
    assert [f"{finding.path}: {finding.message}" for finding in registry.findings] == [found]


def test_a_good_entry_beside_a_bad_one_is_read() -> None:
    registry = parse_registry('{"diffusion": [{"name": "good", "source": "a/b"}, {"name": "bad"}]}', "r.json")
    assert [entry.name for entry in registry.entries] == ["good"]


def test_ten_thousand_entries_and_a_mistake_in_each_are_all_read() -> None:
    entries = [{"name": f"model-{index}", "source": f"org/model-{index}", "lable": "x"} for index in range(10_000)]
    registry = parse_registry(json.dumps({"diffusion": entries}, indent=2), "r.json")
    assert len(registry.findings) == 10_000
    assert registry.findings[-1].line == 10_000 * 5 - 5 + 6
    good = [{key: value for key, value in entry.items() if key != "lable"} for entry in entries]
    assert len(parse_registry(json.dumps({"diffusion": good}), "r.json").require_valid().entries) == 10_000
