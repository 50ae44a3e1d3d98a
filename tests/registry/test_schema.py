import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from converter.registry import parse_registry
from converter.registry.document import schema_json
from converter.registry.schema import SCHEMA_PATH, main

ROOT = Path(__file__).parents[2]
DATA = Path(__file__).parent / "data"
SCHEMA = json.loads(schema_json())


def accepts(document: object) -> bool:
    return bool(Draft202012Validator(SCHEMA).is_valid(document))


def test_the_checked_in_schema_is_what_the_types_say() -> None:
    assert (ROOT / SCHEMA_PATH).read_bytes() == schema_json()


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "extras.schema.json"


def test_every_property_has_prose() -> None:
    definitions = [definition for definition in SCHEMA["$defs"].values() if "properties" in definition]
    properties = [item for definition in [SCHEMA, *definitions] for item in definition["properties"].items()]
    assert [name for name, value in properties if not value.get("description")] == []
    assert len(properties) > 100


def test_the_shipped_registry_names_the_schema_and_is_valid() -> None:
    text = (ROOT / "registry/extras.json").read_text()
    assert parse_registry(text, "extras.json").findings == ()
    assert (ROOT / "registry" / json.loads(text)["$schema"]).resolve() == (ROOT / SCHEMA_PATH).resolve()


@pytest.mark.parametrize("path", sorted((DATA / "guide").glob("*.jsonfragment")), ids=lambda path: path.stem)
def test_the_schema_accepts_the_examples_of_the_guide(path: Path) -> None:
    assert accepts({"diffusion": json.loads(f"[{path.read_text().rstrip().rstrip(',')}]")})


def test_the_schema_accepts_every_section_and_key() -> None:
    assert accepts(json.loads((DATA / "every_section.json").read_text()))


def test_the_schema_accepts_legacy_tuples() -> None:
    assert accepts({"diffusion": [["first", "a/b", False, True, 14]], "sources": [["first", "a/b", 1, 2, 3, 4, 5, 6]]})


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"difusion": []},
        {"diffusion": {}},
        {"diffusion": [{"name": "first"}]},
        {"diffusion": [{"name": "first", "sourc": "a/b"}]},
        {"diffusion": [{"name": "a.b", "source": "a/b"}]},
        {"diffusion": [{"name": "first", "source": "a/b", "loras": [{"name": "x"}]}]},
        {"diffusion": [{"name": "first", "source": "a/b", "loras": [{"name": "x", "source": "a/b", "weight": {}}]}]},
        {"diffusion": [["first"]]},
        {"diffusion": [["first", "a/b", 1]]},
        {"diffusion": [["first", "a/b", True, True, 14, 1]]},
        {"upscaling": [{"name": "first", "source": "a/b"}]},
        {"networks": [{"name": "first", "source": "a/b"}]},
        {"networks": [["first", "a/b"]]},
        {"strings": {"eng": {}}},
        {"strings": {"en": "x"}},
        {"strings": {"en": {"a b": "x"}}},
    ],
    ids=json.dumps,
)
def test_what_the_schema_refuses_is_an_error_of_ours_too(document: object) -> None:
    assert not accepts(document)
    assert parse_registry(json.dumps(document), "r.json").errors


def test_check_fails_when_the_file_is_not_up_to_date_and_write_repairs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert "--write` and commit the result" in capsys.readouterr().err
    assert main(["--write"]) == 0
    assert main(["--check"]) == 0
    assert main([]) == 2
