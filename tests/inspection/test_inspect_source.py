"""Looking at a model without converting it."""

import json
from pathlib import Path

import pytest

from converter.errors import ConverterError
from converter.graphs import Component, ComponentKind, TemplateStore
from converter.inspection import inspect_source
from converter.models import KeyMaps, open_model
from converter.registry import HubSource, LocalSource
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.loopback_hub import LoopbackHub
from tests.support.original_shapes import sd15_shapes, write_zeros


def cold(tmp_path: Path) -> Workshop:
    return Workshop(root=tmp_path, build=tmp_path / "build", cache=tmp_path / "cache", access=HubAccess())


def test_a_folder_is_described(pico_folder: Path, tmp_path: Path) -> None:
    found = inspect_source(LocalSource(str(pico_folder)), cold(tmp_path))

    weights = list(pico_folder.rglob("*.safetensors"))
    assert (found.architecture, found.layout, found.leftovers) == ("sd1", "diffusers", ())
    assert found.source == str(pico_folder)
    assert found.size_bytes == sum(path.stat().st_size for path in weights)
    assert found.needs.release_bytes == 4 * found.parameters
    assert {part: set(dtypes) for part, dtypes in found.dtypes.items()} == {
        part: {"F32"} for part in ("text_encoder", "unet", "vae")
    }
    assert (found.form, found.prediction_type) == ("safetensors", "epsilon")


def test_the_same_model_in_the_other_layout_has_the_same_parameters(
    pico_folder: Path, pico_checkpoint: Path, tmp_path: Path
) -> None:
    folder = inspect_source(LocalSource(str(pico_folder)), cold(tmp_path))
    checkpoint = inspect_source(LocalSource(str(pico_checkpoint)), cold(tmp_path))

    assert (checkpoint.architecture, checkpoint.layout) == ("sd1", "original")
    assert checkpoint.parameters == folder.parameters
    assert checkpoint.needs.release_bytes == folder.needs.release_bytes
    assert checkpoint.size_bytes == pico_checkpoint.stat().st_size
    assert "model_ema.num_updates" in checkpoint.leftovers


def test_a_model_of_full_size_is_described_from_its_header(tmp_path: Path) -> None:
    write_zeros(tmp_path / "sd15.safetensors", sd15_shapes())

    found = inspect_source(LocalSource("sd15.safetensors"), cold(tmp_path))

    assert found.source == "sd15.safetensors"
    assert found.needs.release_bytes == 4_264_941_228


def test_templates_are_ready_once_all_of_them_are_in_the_store(
    pico_folder: Path, key_maps: KeyMaps, template_store: TemplateStore, cache: Path, tmp_path: Path
) -> None:
    source = LocalSource(str(pico_folder))
    with open_model(pico_folder, key_maps) as model:
        for name in model.graphs:
            template_store.get(Component(ComponentKind(name), model.graph(name).config))
    warm = Workshop(root=tmp_path, build=tmp_path / "build", cache=cache, access=HubAccess())

    assert inspect_source(source, warm).templates_ready
    assert not inspect_source(source, cold(tmp_path)).templates_ready


def test_what_is_known_can_be_written_as_json(pico_checkpoint: Path, tmp_path: Path) -> None:
    found = inspect_source(LocalSource(str(pico_checkpoint)), cold(tmp_path))

    written = json.loads(json.dumps(found.to_json()))

    assert written["leftovers"] == list(found.leftovers)
    assert written["parameters"] == found.parameters
    assert written["templates_ready"] is False
    assert written["needs"]["release_bytes"] == found.needs.release_bytes
    assert written["training"] == {"shown": {}, "others": 1}


def test_a_repository_of_the_hub_is_described_with_its_commit(
    loopback_hub: LoopbackHub, pico_folder: Path, tmp_path: Path
) -> None:
    files = {p.relative_to(pico_folder).as_posix(): p for p in pico_folder.rglob("*") if p.is_file()}
    commit = loopback_hub.seed_repo("org/pico", dict(files))
    place = cold(tmp_path)

    found = inspect_source(HubSource("org/pico", "main"), place)

    assert found.source == f"huggingface://org/pico@main at commit {commit}"
    assert found.parameters == inspect_source(LocalSource(str(pico_folder)), place).parameters
    assert found.needs.download_bytes == sum(path.stat().st_size for path in files.values())
    assert 0 < found.transferred_bytes < found.needs.download_bytes / 5


def test_what_is_no_model_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "page.safetensors").write_bytes(b"<html>")

    with pytest.raises(ConverterError, match="found a web page"):
        inspect_source(LocalSource("page.safetensors"), cold(tmp_path))
