"""The pipeline on trial: what the release and PyTorch make of the same noise, and what is caught only there."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from converter.blending import Blended
from converter.models import KeyMaps, open_model
from converter.parity import ParityError, require_pipeline_within
from converter.progress import Progress, silent
from converter.proving import reference_graphs
from converter.release import Manifest, model_card
from converter.render import Graphs, RenderModel, Runs, graphs_of
from converter.render import open_model as open_release
from converter.sources import HubAccess
from converter.trial import STEPS, on_trial, trial_job, try_pipeline
from converter.workshop import Workshop
from tests.support.release_folders import manifest_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def release(pico_release: Path) -> RenderModel:
    return open_release(pico_release)


@pytest.fixture(scope="module")
def whole(pico_folder: Path, key_maps: KeyMaps) -> Iterator[Blended]:
    with open_model(pico_folder, key_maps) as model:
        yield Blended(model)


def torch_graphs(release: RenderModel, whole: Blended) -> Graphs:
    nowhere = Workshop(Path("/none"), Path("/none"), Path("/none"), HubAccess())
    return reference_graphs(whole, dict.fromkeys(release.manifest.graphs, "fp32"), release.folder, nowhere, silent)


class Watched:
    """Graphs of which it is noted how many are open, and that may be changed on their way out."""

    def __init__(self, graphs: Graphs, open_now: list[str], factor: float = 1.0) -> None:
        self.graphs, self.open_now, self.factor, self.most = graphs, open_now, factor, 0

    def __call__(self, name: str) -> AbstractContextManager[Runs]:
        return self._opened(name)

    @contextmanager
    def _opened(self, name: str) -> Iterator[Runs]:
        with self.graphs(name) as graph:
            self.open_now.append(name)
            self.most = max(self.most, len(self.open_now))
            yield Scaled(graph, self.factor if name == "unet" else 1.0)
            self.open_now.remove(name)


class Scaled:
    def __init__(self, graph: Runs, factor: float) -> None:
        self.graph, self.factor, self.outputs = graph, factor, graph.outputs

    def run(self, inputs: Mapping[str, Any], wanted: str) -> Any:
        return self.graph.run(inputs, wanted) * np.float32(self.factor)


def test_the_manifest_of_a_release_has_the_figures_of_its_pipeline(pico_release: Path) -> None:
    manifest = manifest_of(pico_release)
    assert manifest.pipeline is not None
    assert manifest.pipeline_absent is None
    assert manifest.pipeline.latents_psnr_db is not None
    # 122 dB when this was written; the gate asks for 80.
    assert manifest.pipeline.latents_psnr_db > 110
    assert manifest.pipeline.limits == {"latents_db": 80.0, "image_db": 70.0}
    assert manifest.pipeline.settings == {
        "prompt": "a photograph of a lighthouse at sunset",
        "negative": "blurry",
        "seed": "7",
        "steps": "3",
        "guidance": "7.5",
        "size": "32x32",
        "scheduler": "PNDMScheduler",
    }


def test_the_card_has_them_too(pico_release: Path) -> None:
    pipeline = manifest_of(pico_release).pipeline
    assert pipeline is not None
    card = (pico_release / "README.md").read_text()
    assert f"by a PSNR of {pipeline.latents_psnr_db:.1f} dB (at least 80 dB are asked for)" in card
    assert "3 steps of PNDMScheduler, guidance 7.5, 32x32 pixels" in card


def test_one_graph_is_in_memory_at_a_time_and_the_reference_comes_first(release: RenderModel, whole: Blended) -> None:
    open_now: list[str] = []
    ours = Watched(graphs_of(release.folder, "cpu"), open_now)
    reference = Watched(torch_graphs(release, whole), open_now)
    seen: list[Progress] = []

    try_pipeline(release, ours, reference, seen.append)

    assert (ours.most, reference.most, open_now) == (1, 1, [])
    which = [progress.task.rpartition(" (")[2] for progress in seen]
    assert which == sorted(which)[: which.count("the reference)")] + ["the release)"] * which.count("the release)")


def test_a_unet_that_is_a_little_wrong_is_caught_by_its_pipeline(release: RenderModel, whole: Blended) -> None:
    wrong = Watched(graphs_of(release.folder, "cpu"), [], factor=1.001)
    measured = try_pipeline(release, wrong, torch_graphs(release, whole), silent)
    with pytest.raises(ParityError, match="pipeline: after 3 steps it differs from PyTorch: latents"):
        require_pipeline_within(measured, "fp32", "PyTorch")


def test_the_size_is_the_smallest_that_the_model_can_make_with_sixteen_latents_a_side(release: RenderModel) -> None:
    settings = trial_job(release).settings
    assert (settings.width, settings.height, settings.steps) == (32, 32, STEPS)
    coarse = replace(release.manifest.model, image_multiple=24)
    assert trial_job(replace(release, manifest=replace(release.manifest, model=coarse))).settings.width == 48


def test_a_controlnet_has_no_pipeline_and_manifest_and_card_say_why(
    release: RenderModel, whole: Blended, workshop: Workshop
) -> None:
    manifest = release.manifest
    model = replace(manifest.model, title="a ControlNet", pipeline=None)
    parts = tuple(replace(component, name="controlnet") for component in manifest.components[:1])
    draft = replace(manifest, model=model, components=parts, pipeline=None)

    tried = on_trial(release.folder, draft, whole, workshop, silent)

    assert (tried.pipeline, tried.absent) == (None, "a ControlNet, which makes no image by itself")
    said = replace(draft, pipeline_absent=tried.absent)
    assert Manifest.from_json(said.to_json(), "here") == said
    assert "was not compared: this is a ControlNet, which makes no image by itself." in model_card(said).decode()
