"""A release on trial as a whole: a few steps with its own graphs, and the same with what they are compared with.

The loop, the scheduler and the noise are the same for both; only the graphs differ, which is what is measured. That the
loop is that of diffusers' pipelines is shown elsewhere (`tests/render/test_against_diffusers.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from converter.blending import Blended
from converter.parity import PYTORCH, Drawn, PipelineMeasurement, compare_pipelines, require_pipeline_within
from converter.progress import Progress, Report
from converter.proof import ReferenceKind
from converter.proofs import KeptProof, pipeline_from_figures, pipeline_to_figures
from converter.provenance import pipeline_record
from converter.proving import OWN_FLOAT32, reference_graphs
from converter.release import Manifest, PipelineRecord
from converter.render import (
    Graphs,
    ImageToImage,
    Inpainting,
    Job,
    RenderModel,
    Settings,
    Studio,
    Task,
    TextToImage,
    graphs_of,
    model_of,
    other_pipeline,
)
from converter.workshop import Workshop

STEPS = 3
"""Enough for errors to go round once: each step begins with what the one before got wrong."""
_LATENTS = 16
"""Width and height of the latents at least: for Stable Diffusion an image of 128 pixels."""
_PROMPT = "a photograph of a lighthouse at sunset"
_NEGATIVE = "blurry"
_SEED = 7
_STRENGTH = 0.75


@dataclass(frozen=True)
class Tried:
    """What became of a release on trial; nothing of it where none was held."""

    pipeline: PipelineRecord | None = None
    absent: str | None = None
    """Why there is no pipeline to be tried: it is another model than the loop here is for."""
    reference: str | None = None
    """What was compared with, where that was not PyTorch."""
    device: str | None = None
    """What both sides of each comparison ran on, where that was not the CPU."""
    before: str | None = None
    """The release that the pipeline was tried for, where that was not this one."""

    def noted(self, manifest: Manifest) -> Manifest:
        """A manifest that says so."""
        return replace(
            manifest,
            pipeline=self.pipeline,
            pipeline_absent=self.absent,
            reference=self.reference,
            device=self.device,
        )


def on_trial(
    folder: Path, draft: Manifest, whole: Blended, workshop: Workshop, report: Report, *, key: str | None = None
) -> Tried:
    """Try a release before it has its manifest, unless the same one was tried before.

    Args:
        folder: has its graphs, configs and tokenizers.
        draft: what its manifest will say of the model.
        whole: what the graphs were made of.
        workshop: says with what it is compared, and on what.
        report: called in each step.
        key: of all that determines the figures, if that is known.

    Raises:
        ParityError: its pipeline differs by more than it may.
        RenderError: it cannot be run.
    """
    proof, other = workshop.proof, other_pipeline(draft)
    tried = Tried(
        absent=other,
        reference=None if proof.reference is ReferenceKind.TORCH else proof.reference,
        device=None if proof.device == "cpu" else proof.device,
    )
    if other is not None:
        return tried
    kept = None if key is None else workshop.proofs.find(key)
    measured = _tried_now(folder, draft, whole, workshop, report) if kept is None else _tried_before(kept, report)
    said = PYTORCH if proof.reference is ReferenceKind.TORCH else OWN_FLOAT32
    require_pipeline_within(measured, draft.precision, said)
    if key is not None and kept is None:
        workshop.proofs.keep(key, KeptProof(draft.tag, pipeline_to_figures(measured)))
    before = None if kept is None else kept.release
    return replace(tried, pipeline=pipeline_record(measured, draft.precision), before=before)


def _tried_now(
    folder: Path, draft: Manifest, whole: Blended, workshop: Workshop, report: Report
) -> PipelineMeasurement:
    precisions = {component.name: component.precision for component in draft.components}
    reference = reference_graphs(whole, precisions, folder, workshop, report)
    ours = graphs_of(folder, workshop.proof.device, measured=True)
    return try_pipeline(model_of(folder, draft), ours, reference, report)


def _tried_before(kept: KeptProof, report: Report) -> PipelineMeasurement:
    report(Progress(f"pipeline: compared before, for {kept.release}", 1, 1, ""))
    return pipeline_from_figures(kept.figures)


def trial_job(model: RenderModel) -> Job:
    """The image that is made on trial: small, from fixed prompts and a fixed seed, in few steps, with guidance."""
    multiple = model.manifest.model.image_multiple
    side = -(-_LATENTS * model.latent_scale // multiple) * multiple
    task = _task(model, side)
    # An image that is given is begun with late: so many steps that `STEPS` are left of them.
    steps = STEPS if task.strength == 1 else round(STEPS / task.strength)
    return Job(Settings(_PROMPT, _NEGATIVE, _SEED, steps, model.default_guidance, side, side), task)


def try_pipeline(model: RenderModel, ours: Graphs, reference: Graphs, report: Report) -> PipelineMeasurement:
    """Make the image of `trial_job` with both, one after the other, one graph in memory at a time.

    Args:
        model: the release, whose graphs, configs and tokenizers are there.
        ours: its graphs.
        reference: what they are compared with.
        report: called in each step.

    Raises:
        ParityError: what they make cannot be compared.
        RenderError: the release cannot be run.
    """
    job = trial_job(model)
    expected = _drawn(Studio(model, reference, _said_of(report, "the reference")), job)
    actual = _drawn(Studio(model, ours, _said_of(report, "the release")), job)
    return compare_pipelines({**job.as_text(), "scheduler": model.scheduler_name}, actual, expected)


def _said_of(report: Report, which: str) -> Report:
    """A report whose tasks say which of the two is at work."""
    return lambda progress: report(replace(progress, task=f"{progress.task} ({which})"))


def _drawn(studio: Studio, job: Job) -> Drawn:
    latents = studio.latents([job], studio.plans([job]))
    return Drawn(latents[0], studio.decoded(latents)[0])


def _task(model: RenderModel, side: int) -> Task:
    if model.is_inpainting:
        mask = np.zeros((1, 1, side, side), np.float32)
        mask[..., : side // 2] = 1
        return Inpainting(_image(side), mask, 1.0)
    return ImageToImage(_image(side), _STRENGTH) if model.is_refiner else TextToImage()


def _image(side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """A ramp to the right in red, downwards in green, grey in blue: (1, 3, side, side), from -1 to 1."""
    ramp = np.linspace(-1, 1, side, dtype=np.float32)
    return np.stack([np.tile(ramp, (side, 1)), np.tile(ramp[:, None], (1, side)), np.zeros((side, side), np.float32)])[
        None
    ]
