"""What is the same in two entries is compared with PyTorch once, and what only looks the same is compared again."""

import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter import proving_once, trial
from converter.blending import BoundGraph
from converter.convert import Converted, convert_entry
from converter.graphs import ComponentKind, bind, making
from converter.parity import Difference, ParityError
from converter.progress import Progress
from converter.proof import Proof, ReferenceKind
from converter.proofs import Proven, Where
from converter.proving import template_of
from converter.registry import Precision
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.components import component_of, weights_of
from tests.support.registries import diffusion_entry
from tests.support.release_folders import flipped, graph_files
from tests.support.sd1_models import pico, write_folder
from tests.support.tiny_release import contents_of

ALL = {"text_encoder", "unet", "vae_encoder", "vae_decoder"}
KIND = ComponentKind.VAE_DECODER


def place(root: Path, cache: Path) -> Workshop:
    """A workshop with warm templates, in which nothing was compared yet."""
    mine = root / "cache"
    mine.mkdir()
    for name in ("templates", "key-maps"):
        (mine / name).symlink_to(cache / name)
    return Workshop(root=root, build=root / "build", cache=mine, access=HubAccess())


@pytest.fixture
def own(cache: Path, tmp_path: Path) -> Workshop:
    """A workshop in which nothing was compared yet."""
    return place(tmp_path, cache)


@pytest.fixture(scope="module")
def first(pico_folder: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Workshop, Converted]:
    """The tiny model, converted in a workshop of its own where it was the first. Read only."""
    workshop = place(tmp_path_factory.mktemp("first"), cache)
    made, compared = converted(workshop, "first", pico_folder)
    assert compared == ALL | {"pipeline"}
    return workshop, made


@pytest.fixture
def later(first: tuple[Workshop, Converted], own: Workshop) -> Workshop:
    """A workshop in which the first model was compared."""
    shutil.copytree(first[0].proofs.folder, own.proofs.folder)
    return own


class Compared:
    """A report that notes what is compared now."""

    def __init__(self) -> None:
        self.now: set[str] = set()

    def __call__(self, progress: Progress) -> None:
        if ": comparing with " in progress.task:
            self.now.add(progress.task.partition(":")[0])
        if progress.task.endswith(" (the reference)"):
            self.now.add("pipeline")


def converted(workshop: Workshop, name: str, source: Path, **fields: object) -> tuple[Converted, set[str]]:
    compared = Compared()
    entry = diffusion_entry(name=name, source=str(source), **fields)
    return convert_entry(entry, 1, workshop, report=compared), compared.now


@pytest.fixture(scope="module")
def other_unet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with one number of its UNet changed."""
    name = "conv_out.bias"
    changed = np.array(pico().tensors("unet")[name]())
    changed[0] += np.float32(0.5)
    return write_folder(pico(changed={name: changed}), tmp_path_factory.mktemp("other") / "folder")


def test_a_second_entry_of_the_same_model_compares_nothing_and_has_the_same_figures(
    first: tuple[Workshop, Converted], later: Workshop, pico_checkpoint: Path
) -> None:
    second, compared = converted(later, "second", pico_checkpoint, label="The same, as a checkpoint")

    before = first[1]
    assert (before.compared_before, compared) == ({}, set())
    assert second.compared_before == dict.fromkeys(ALL | {"pipeline"}, "first.v1")
    assert graph_files(second.folder) == graph_files(before.folder)
    assert second.manifest.components == before.manifest.components
    assert second.manifest.pipeline == before.manifest.pipeline


def test_a_manifest_with_figures_of_before_is_byte_for_byte_what_it_would_be(
    later: Workshop, first: tuple[Workshop, Converted], pico_folder: Path
) -> None:
    again, compared = converted(later, "first", pico_folder)
    assert compared == set()
    assert contents_of(again.folder) == contents_of(first[1].folder)


def test_another_unet_is_compared_and_the_pipeline_with_it_and_the_rest_is_not(
    later: Workshop, other_unet: Path
) -> None:
    second, compared = converted(later, "second", other_unet)
    assert compared == {"unet", "pipeline"}
    assert second.compared_before == dict.fromkeys(ALL - {"unet"}, "first.v1")


def test_a_vae_that_another_model_takes_from_the_first_is_not_compared_again(
    later: Workshop, pico_folder: Path, tmp_path: Path
) -> None:
    source = write_folder(pico(seed=1), tmp_path / "another")
    second, compared = converted(later, "second", source, vae=str(pico_folder / "vae"))
    assert compared == {"text_encoder", "unet", "pipeline"}
    assert second.compared_before == dict.fromkeys(["vae_encoder", "vae_decoder"], "first.v1")


def test_what_is_converted_without_parity_proves_nothing_and_needs_no_proof(later: Workshop, pico_folder: Path) -> None:
    kept = set(later.proofs.folder.iterdir())
    entry = diffusion_entry(name="second", source=str(pico_folder))
    made = convert_entry(entry, 1, later, parity=False)
    assert (made.manifest.measured, made.compared_before) == (False, {})
    assert set(later.proofs.folder.iterdir()) == kept


def proven(
    graph: BoundGraph, workshop: Workshop, precision: Precision = Precision.FP32, release: str = "a.v1"
) -> Proven:
    folder = workshop.build / release / KIND
    template = template_of(graph, making("sd1", KIND, precision).passes, workshop, Compared())
    bound = bind(template, graph.weights, folder)
    return proving_once.prove_once(graph, precision, folder, workshop, Compared(), bound=bound, release=release)


def decoder(dtype: str = "float32", changed: Mapping[str, np.ndarray] | None = None) -> BoundGraph:
    component, weights = component_of(pico(), KIND), weights_of(pico(dtype=dtype), KIND)
    return BoundGraph(component, component, replace(weights, arrays={**weights.arrays, **(changed or {})}))


def last_number_changed() -> dict[str, np.ndarray]:
    """The largest tensor with another last number: all small ones, and all beginnings, are what they were."""
    arrays = weights_of(pico(), KIND).arrays
    name = max(arrays, key=lambda each: arrays[each].nbytes)
    changed = np.array(arrays[name])
    changed.flat[-1] += np.float32(1e-4)
    return {name: changed}


def test_one_number_at_the_end_of_the_largest_tensor_makes_another_component(own: Workshop) -> None:
    proven(decoder(), own)
    assert proven(decoder(), own, release="b.v1").before == "a.v1"
    assert proven(decoder(changed=last_number_changed()), own, release="c.v1").before is None


def test_another_precision_is_another_component(own: Workshop) -> None:
    proven(decoder(), own)
    assert proven(decoder(), own, Precision.FP16, "b.v1").before is None
    assert proven(decoder(), own, Precision.FP16, "c.v1").before == "b.v1"


def test_weights_that_are_rounded_to_the_same_file_are_compared_each(own: Workshop) -> None:
    halves = weights_of(pico(dtype="float16"), KIND).arrays
    largest = max(halves, key=lambda name: halves[name].nbytes)
    nearly = {largest: halves[largest].astype(np.float32) * np.float32(1 + 1e-5)}

    first = proven(decoder("float16"), own, Precision.FP16)
    second = proven(decoder("float16", nearly), own, Precision.FP16, "b.v1")

    data = [(own.build / release / KIND / "weights.pb").read_bytes() for release in ("a.v1", "b.v1")]
    assert data[0] == data[1]
    assert second.before is None
    assert first.measured != second.measured


def test_another_version_of_torch_compares_again(own: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    first, here = proven(decoder(), own), Where.here("cpu")
    assert "torch" in here.versions
    later = replace(here, versions={**here.versions, "torch": "99.0"})
    monkeypatch.setattr(Where, "here", staticmethod(lambda _: later))
    assert proven(decoder(), own, release="b.v1") == replace(first, key=proven(decoder(), own).key)
    assert proven(decoder(), own, release="c.v1").before == "b.v1"


def test_what_is_compared_with_its_own_float32_graph_is_not_kept(own: Workshop) -> None:
    small = replace(own, proof=Proof(reference=ReferenceKind.FP32_ONNX))
    assert proven(decoder(), small, Precision.FP16).key is None
    assert not own.proofs.folder.exists()


def test_what_a_lora_or_an_inversion_changes_is_compared_each_time(own: Workshop) -> None:
    from converter.blend.lora import ChangedWeights

    graph = decoder()
    changed = replace(graph, weights=ChangedWeights(graph.weights, "unet", []))
    assert proven(changed, own).key is None
    assert proven(changed, own, release="b.v1").before is None


@pytest.mark.parametrize("at", [10, -10])
def test_a_damaged_proof_is_none(own: Workshop, at: int) -> None:
    first = proven(decoder(), own)
    (kept,) = own.proofs.folder.iterdir()
    flipped(kept, at)
    assert proven(decoder(), own, release="b.v1") == first
    assert proven(decoder(), own, release="c.v1").before == "b.v1"


def test_a_component_that_fails_leaves_no_proof(own: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> object:
        raise ParityError("too far")

    monkeypatch.setattr(proving_once, "prove", fail)
    with pytest.raises(ParityError):
        proven(decoder(), own)
    assert not own.proofs.folder.exists()


def test_figures_beyond_limits_that_became_narrower_are_measured_again(
    own: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = proven(decoder(), own)
    worse = [replace(each, difference=Difference(1.0, 20.0)) for each in first.measured]
    monkeypatch.setattr(proving_once, "from_figures", lambda _: tuple(worse))
    assert proven(decoder(), own, release="b.v1") == first


def test_a_conversion_that_stops_in_the_middle_leaves_only_whole_proofs(
    own: Workshop, pico_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> object:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(trial, "try_pipeline", stop)
        with pytest.raises(KeyboardInterrupt):
            converted(own, "first", pico_folder)
    assert list(own.build.iterdir()) == []
    assert {path.suffix for path in own.proofs.folder.iterdir()} == {".json"}

    second, compared = converted(own, "second", pico_folder)
    assert compared == {"pipeline"}
    assert second.compared_before == dict.fromkeys(ALL, "first.v1")


def test_a_folder_that_takes_nothing_stops_no_conversion(own: Workshop, caplog: pytest.LogCaptureFixture) -> None:
    own.proofs.folder.write_text("a file in the place of the folder")
    assert proven(decoder(), own).measured
    assert "it will be made again" in caplog.text


def test_two_threads_that_prove_the_same_at_once_agree(own: Workshop) -> None:
    proven(decoder(), own, release="warm.v1")
    for path in own.proofs.folder.iterdir():
        path.unlink()
    with ThreadPoolExecutor(2) as threads:
        both = list(threads.map(lambda release: proven(decoder(), own, release=release), ["a.v1", "b.v1"]))
    assert both[0].measured == both[1].measured
    assert proven(decoder(), own, release="c.v1").before in {"a.v1", "b.v1"}
