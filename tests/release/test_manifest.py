"""The manifest: it comes back as it was written, and nothing else is taken for one."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.release import Manifest, ReleaseError
from tests.support.release_folders import manifest_of
from tests.support.tiny_release import tiny_release


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return manifest_of(tiny_release(tmp_path_factory.mktemp("release")))


def test_what_was_written_is_read(manifest: Manifest) -> None:
    assert Manifest.from_json(manifest.to_json(), "manifest.json") == manifest


def test_a_real_manifest_is_read_and_written_without_a_change(pico_release: Path) -> None:
    data = (pico_release / "manifest.json").read_bytes()
    assert Manifest.from_json(data, "manifest.json").to_json() == data


def test_equal_manifests_are_equal_bytes(manifest: Manifest) -> None:
    assert replace(manifest).to_json() == manifest.to_json()


def test_an_infinite_psnr_is_written_as_null(manifest: Manifest) -> None:
    component = manifest.components[0]
    equal = replace(component, parity=(replace(component.parity[0], psnr_db=None),))
    again = Manifest.from_json(replace(manifest, components=(equal,)).to_json(), "manifest.json")
    assert again.components[0].parity[0].psnr_db is None


def test_a_component_of_another_precision_says_so_and_the_others_do_not(manifest: Manifest) -> None:
    (component,) = manifest.components
    half = replace(manifest, precision="fp16", components=(replace(component, precision="fp16"), component))
    written = [item.get("precision") for item in json.loads(half.to_json())["components"]]
    assert written == [None, "fp32"]
    assert Manifest.from_json(half.to_json(), "m.json") == half


def test_what_was_fused_is_said_with_whether_it_blends_and_a_plain_release_says_neither(manifest: Manifest) -> None:
    (component,) = manifest.components
    fused = replace(manifest, components=(replace(component, fused={"Gelu": 2}), component))
    written = json.loads(fused.to_json())
    assert [item.get("fused") for item in written["components"]] == [{"Gelu": 2}, None]
    assert (written["runtime_blending"], fused.fused) == (True, {"Gelu": 2})
    assert Manifest.from_json(fused.to_json(), "m.json") == fused
    assert "runtime_blending" not in json.loads(manifest.to_json())


def test_what_every_client_can_do_goes_without_saying_and_what_it_cannot_is_read_back(manifest: Manifest) -> None:
    keys = {"runtime_blending", "minimum_onnxruntime"}
    assert not keys & json.loads(manifest.to_json()).keys()
    limited = replace(manifest, runtime_blending=False, minimum_onnxruntime="1.23")
    assert keys < json.loads(limited.to_json()).keys()
    assert Manifest.from_json(limited.to_json(), "m.json") == limited


def test_the_tag_is_name_and_version(manifest: Manifest) -> None:
    assert replace(manifest, name="fox", version=12).tag == "fox.v12"


def test_one_component_without_parity_makes_it_unmeasured(manifest: Manifest) -> None:
    bare = replace(manifest.components[0], parity=())
    assert manifest.measured
    assert not replace(manifest, components=(*manifest.components, bare)).measured


def test_the_models_source_is_the_first_and_the_others_keep_their_order(manifest: Manifest) -> None:
    others = tuple(replace(manifest.source, role=role, uri=f"./{role}") for role in ("vae", "unet"))
    again = Manifest.from_json(replace(manifest, sources=(manifest.source, *others)).to_json(), "manifest.json")
    assert [source.role for source in again.sources] == ["model", "vae", "unet"]
    assert again.source == manifest.source


def test_a_manifest_without_sources_is_refused(manifest: Manifest) -> None:
    raw = {**json.loads(manifest.to_json()), "sources": []}
    with pytest.raises(ReleaseError, match=r"^here: not a manifest of a release \(ValueError: there are no sources\)"):
        Manifest.from_json(json.dumps(raw).encode(), "here")


def test_the_graphs_are_the_folders_of_the_components(manifest: Manifest) -> None:
    more = replace(manifest.components[0], name="cnet")
    assert replace(manifest, components=(*manifest.components, more)).graphs == ("unet", "cnet")


@pytest.mark.parametrize("schema", [0, 1, 3, "2", None])
def test_another_schema_is_refused_by_its_number(manifest: Manifest, schema: object) -> None:
    raw = {**json.loads(manifest.to_json()), "schema": schema}
    with pytest.raises(ReleaseError, match=rf"^here: the manifest has schema {schema!r}, expected 2; use the version"):
        Manifest.from_json(json.dumps(raw).encode(), "here")


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"\xff\xfe", id="bytes"),
        pytest.param(b"null", id="null"),
        pytest.param(b'"text"', id="text"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b"{}", id="an empty object"),
        pytest.param(b'{"schema": 2}', id="nothing but the schema"),
        pytest.param(b"[" * 100_000, id="nested without end"),
    ],
)
def test_what_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ReleaseError, match=r"^here: not a manifest of a release"):
        Manifest.from_json(data, "here")


@pytest.mark.parametrize("field", ["version", "recipe"])
def test_an_infinite_number_is_refused(manifest: Manifest, field: str) -> None:
    raw = {**json.loads(manifest.to_json()), field: float("inf")}
    with pytest.raises(ReleaseError, match=r"^here: not a manifest of a release"):
        Manifest.from_json(json.dumps(raw).encode(), "here")


@pytest.mark.parametrize("field", ["name", "fingerprint", "asked", "sources", "model", "components", "files", "limits"])
def test_a_missing_field_is_named(manifest: Manifest, field: str) -> None:
    raw = json.loads(manifest.to_json())
    del raw[field]
    with pytest.raises(ReleaseError, match=f"not a manifest of a release .*'{field}'"):
        Manifest.from_json(json.dumps(raw).encode(), "here")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(value=_JSON, data=st.data())
def test_no_value_in_any_place_makes_reading_crash(manifest: Manifest, value: object, data: st.DataObject) -> None:
    raw = json.loads(manifest.to_json())
    path = data.draw(st.sampled_from(sorted(_paths(raw), key=str)))
    _put(raw, path, value)
    try:
        read = Manifest.from_json(json.dumps(raw).encode(), "here")
    except ReleaseError:
        return
    assert isinstance(read, Manifest)


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    if isinstance(value, dict):
        inner = [found for key in value for found in _paths(value[key], (*path, key))]
    elif isinstance(value, list):
        inner = [found for index in range(len(value)) for found in _paths(value[index], (*path, index))]
    else:
        inner = []
    return [*([path] if path else []), *inner]


def _put(raw: Any, path: tuple[str | int, ...], value: object) -> None:
    for part in path[:-1]:
        raw = raw[part]
    raw[path[-1]] = value
