"""Converting one entry: the folder of the design, the same bytes whatever the way, and no work done twice."""

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx.external_data_helper import load_external_data_for_model

from converter.convert import convert_entry
from converter.files import sha256_of
from converter.release import FolderView, required_files, verify
from converter.source_digests import PinMismatchError
from converter.workshop import Workshop
from tests.support.command_line import run
from tests.support.registries import diffusion_entry, write_registry
from tests.support.release_folders import copied, flipped, graph_files, manifest_of
from tests.support.sd1_models import pico, write_checkpoint, write_folder
from tests.support.tiny_release import contents_of


def _converted(workshop: Workshop, source: Path, **fields: object) -> Path:
    entry = diffusion_entry(**{"name": "pico", "source": str(source), **fields})
    return convert_entry(entry, 1, workshop, parity=False).folder


def test_the_folder_has_the_layout_of_the_design(pico_release: Path) -> None:
    assert pico_release.name == "pico.v1"
    assert set(contents_of(pico_release)) == {
        *required_files(manifest_of(pico_release).graphs),
        "SHA256SUMS",
        "tokenizer/special_tokens_map.json",
    }


def test_it_passes_verification(pico_release: Path) -> None:
    assert verify(FolderView(pico_release)).manifest.measured


def test_the_manifest_says_what_was_asked_fetched_and_measured(pico_release: Path, pico_folder: Path) -> None:
    manifest = manifest_of(pico_release)
    unet = "unet/diffusion_pytorch_model.safetensors"
    assert manifest.asked["license"] == "mit"
    assert {file.path: file.sha256 for file in manifest.source.files}[unet] == sha256_of(pico_folder / unet)
    assert (manifest.model.architecture, manifest.model.layout, manifest.precision) == ("sd1", "diffusers", "fp32")
    assert [component.name for component in manifest.components] == [
        "text_encoder",
        "unet",
        "vae_encoder",
        "vae_decoder",
    ]
    assert all(p.max_abs <= manifest.limits["max_abs"] for c in manifest.components for p in c.parity)
    assert manifest.versions["torch"] == "2.13.0"


def test_a_folder_and_a_checkpoint_of_the_same_model_give_the_same_bytes(
    pico_release: Path, pico_checkpoint: Path, workshop: Workshop
) -> None:
    assert graph_files(_converted(workshop, pico_checkpoint)) == graph_files(pico_release)


@pytest.mark.slow
def test_a_cold_template_in_another_process_gives_the_same_bytes_as_a_warm_one(
    pico_release: Path, pico_asked: dict[str, object], tmp_path: Path
) -> None:
    write_registry(tmp_path, pico_asked)
    options = ("--no-parity", "--cache", tmp_path / "cold")
    ran = run("convert", *options, cwd=tmp_path, variables={"PYTHONHASHSEED": "7"})
    traced = {line.split()[0] for line in ran.err.splitlines() if "tracing its graph" in line}
    assert (ran.code, traced) == (0, {"text_encoder:", "unet:", "vae_encoder:", "vae_decoder:"})
    assert graph_files(tmp_path / "build/pico.v1") == graph_files(pico_release)


def test_two_runs_give_the_same_folder_to_the_last_byte(workshop: Workshop, pico_folder: Path) -> None:
    first = contents_of(_converted(workshop, pico_folder))
    shutil.rmtree(workshop.build)
    assert contents_of(_converted(workshop, pico_folder)) == first


def test_half_precision_weights_are_widened_and_nothing_else(workshop: Workshop, tmp_path: Path) -> None:
    half = pico(dtype="float16")
    folder = _converted(workshop, write_folder(half, tmp_path / "half"))
    assert manifest_of(folder).model.dtypes == {"F16": 368}
    graph = onnx.load(folder / "text_encoder/model.onnx")
    found = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.graph.initializer}
    name = "text_model.embeddings.token_embedding.weight"
    wanted = half.tensors("text_encoder")[name]()
    assert wanted.dtype == np.float16
    np.testing.assert_array_equal(found[name], wanted.astype(np.float32))


def test_a_half_precision_checkpoint_gives_the_same_bytes_as_its_folder(workshop: Workshop, tmp_path: Path) -> None:
    half = pico(dtype="float16")
    folder = graph_files(_converted(workshop, write_folder(half, tmp_path / "half")))
    checkpoint = write_checkpoint(half, tmp_path / "half.safetensors")
    assert graph_files(_converted(workshop, checkpoint, name="single")) == folder


def test_every_weight_of_the_model_is_in_the_graphs(pico_release: Path) -> None:
    numbers = 0
    for part in ("text_encoder", "unet", "vae_encoder", "vae_decoder"):
        graph = onnx.load(pico_release / part / "model.onnx", load_external_data=False)
        load_external_data_for_model(graph, str(pico_release / part))
        numbers += sum(onnx.numpy_helper.to_array(tensor).size for tensor in graph.graph.initializer)
    assert numbers == manifest_of(pico_release).model.parameters


def test_a_finished_folder_is_used_again(repository: Path, pico_asked: dict[str, object], workshop: Workshop) -> None:
    kept = Workshop(repository, repository / "build", workshop.cache, workshop.access)
    before = {path: path.stat().st_mtime_ns for path in kept.build.rglob("*")}
    assert convert_entry(diffusion_entry(**pico_asked), 1, kept).reused
    assert {path: path.stat().st_mtime_ns for path in kept.build.rglob("*")} == before


@pytest.mark.parametrize("path", ["unet/weights.pb", "SHA256SUMS"])
def test_a_damaged_folder_is_made_again(workshop: Workshop, pico_folder: Path, path: str) -> None:
    folder = _converted(workshop, pico_folder)
    whole = contents_of(folder)
    flipped(folder / path, at=10)
    entry = diffusion_entry(name="pico", source=str(pico_folder))
    assert not convert_entry(entry, 1, workshop, parity=False).reused
    assert contents_of(folder) == whole


def test_a_folder_of_a_changed_entry_is_made_again(workshop: Workshop, pico_folder: Path) -> None:
    _converted(workshop, pico_folder)
    folder = _converted(workshop, pico_folder, license="mit")
    assert manifest_of(folder).asked["license"] == "mit"


def test_a_folder_whose_local_source_was_overwritten_is_made_again(
    workshop: Workshop, pico_checkpoint: Path, tmp_path: Path
) -> None:
    source = tmp_path / "model.safetensors"
    source.write_bytes(pico_checkpoint.read_bytes())
    before = contents_of(_converted(workshop, source))
    write_checkpoint(pico(seed=1), source)

    after = contents_of(_converted(workshop, source))

    assert after["unet/weights.pb"] != before["unet/weights.pb"]
    assert after["unet/model.onnx"] == before["unet/model.onnx"]


def test_a_folder_without_parity_does_not_do_where_parity_is_asked_for(
    workshop: Workshop, pico_folder: Path, pico_release: Path
) -> None:
    folder = _converted(workshop, pico_folder)
    assert not manifest_of(folder).measured
    entry = diffusion_entry(name="pico", source=str(pico_folder))
    assert not convert_entry(entry, 1, workshop).reused
    assert manifest_of(folder).measured
    assert graph_files(folder) == graph_files(pico_release)


def test_a_measured_folder_does_where_parity_is_not_asked_for(
    repository: Path, pico_asked: dict[str, object], workshop: Workshop
) -> None:
    kept = Workshop(repository, repository / "build", workshop.cache, workshop.access)
    assert convert_entry(diffusion_entry(**pico_asked), 1, kept, parity=False).reused


def test_a_folder_of_another_version_does_not_do(pico_release: Path, workshop: Workshop, pico_folder: Path) -> None:
    copied(pico_release, workshop.build / "pico.v2")
    entry = diffusion_entry(name="pico", source=str(pico_folder), license="mit")
    assert not convert_entry(entry, 2, workshop, parity=False).reused


def test_the_right_pin_passes(workshop: Workshop, pico_checkpoint: Path) -> None:
    assert _converted(workshop, pico_checkpoint, sha256=sha256_of(pico_checkpoint)).is_dir()


def test_a_wrong_pin_stops_it_and_leaves_nothing(workshop: Workshop, pico_checkpoint: Path) -> None:
    with pytest.raises(PinMismatchError, match=f"has SHA-256 {sha256_of(pico_checkpoint)}, expected {'0' * 64}; the"):
        _converted(workshop, pico_checkpoint, sha256="0" * 64)
    assert list(workshop.build.iterdir()) == []


def test_a_pin_on_a_folder_is_refused(workshop: Workshop, pico_folder: Path) -> None:
    with pytest.raises(PinMismatchError, match="`sha256` pins one file, this source has 3; pin a Hub repository with"):
        _converted(workshop, pico_folder, sha256="0" * 64)


def test_a_hash_of_the_entry_is_where_onnx_web_looks_for_it(workshop: Workshop, pico_folder: Path) -> None:
    folder = _converted(workshop, pico_folder, hash="cc6cb27103")
    assert (folder / "hash.txt").read_text() == "cc6cb27103\n"
