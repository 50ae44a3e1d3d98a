"""Whatever is in the file: no exception, and nothing that the schema refuses is accepted."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from converter.registry import asked, load_registry, parse_registry
from converter.registry.document import schema_json
from converter.registry.fields import specs_of
from converter.registry.kinds import DEFINITIONS, SECTIONS

SCHEMA = Draft202012Validator(json.loads(schema_json()))
KEYS = sorted({"type", "sourc", *(key for kind in DEFINITIONS.values() for key in specs_of(kind))})
WORDS = [
    "first",
    "org/repo",
    "huggingface://a/b@c",
    "models/a.ckpt",
    "lora",
    "inversion",
    "control",
    "concept",
    "fp16",
    "v1",
]

SCALARS = st.none() | st.booleans() | st.integers(-3, 40) | st.floats() | st.sampled_from(WORDS) | st.text(max_size=8)
ENTRIES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)
GOOD = st.fixed_dictionaries({"name": st.sampled_from(["ab", "cd"]), "source": st.sampled_from(WORDS)})
NEARLY_GOOD = st.tuples(GOOD, st.dictionaries(st.sampled_from(KEYS), SCALARS, max_size=2)).map(
    lambda two: two[0] | two[1]
)
DOCUMENTS = st.dictionaries(
    st.sampled_from([*SECTIONS, "strings", "$schema", "difusion"]),
    st.lists(NEARLY_GOOD | ENTRIES, max_size=4) | ENTRIES,
)


@settings(deadline=None, max_examples=300)
@given(DOCUMENTS)
def test_any_document_is_read_without_an_exception_and_no_wider_than_the_schema(document: object) -> None:
    registry = parse_registry(json.dumps(document), "r.json")
    assert all(str(finding).isprintable() for finding in registry.findings)
    assert registry.errors or SCHEMA.is_valid(document)
    assert all(asked(entry) for entry in registry.entries)


@settings(deadline=None)
@given(st.text(alphabet='{}[]:,"\\ \nabtrue1.e-N', max_size=60))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    assert parse_registry(text, "r.json").file == "r.json"


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    assert load_registry(data, "r.json").file == "r.json"
