"""What a release looks like: a contact sheet made with it, and one of its images beside PyTorch's."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL.Image import Image

from converter.blending import Blended
from converter.progress import Report
from converter.proof import ReferenceKind
from converter.proving import reference_graphs
from converter.release import CONTACT_SHEET, DIFFERENCE, Manifest, task_of
from converter.render import (
    Job,
    RenderModel,
    Studio,
    TextToImage,
    beside,
    model_of,
    png_bytes,
    render,
    sheet,
    sheet_settings,
)
from converter.workshop import Workshop


def is_shown(manifest: Manifest) -> bool:
    """Whether a release makes images of prompts alone, which is what a contact sheet has."""
    return task_of(manifest) == "text-to-image"


def shown(
    folder: Path, draft: Manifest, whole: Blended, workshop: Workshop, report: Report, *, steps: int | None = None
) -> Mapping[str, bytes]:
    """The images of a release: path to the bytes of a PNG; none where none are asked for, or none can be made.

    Args:
        folder: has its graphs, configs and tokenizers.
        draft: what its manifest will say of the model.
        whole: what the graphs were made of.
        workshop: says whether, on what, and whether PyTorch is the reference.
        report: called in each step.
        steps: of each image; `None` for those of the model.

    Raises:
        RenderError: it cannot be run, or the memory is too small.
    """
    proof = workshop.proof
    if not (proof.sheet and is_shown(draft)):
        return {}
    model = model_of(folder, draft)
    jobs = [Job(settings, TextToImage()) for settings in sheet_settings(model, steps)]
    ours = render(model, jobs, proof.device, report)
    images = {CONTACT_SHEET: _png(sheet(ours, jobs), model, {})}
    if proof.reference is ReferenceKind.TORCH and draft.measured:
        precisions = {component.name: component.precision for component in draft.components}
        studio = Studio(model, reference_graphs(whole, precisions, folder, workshop, report), report)
        (theirs,) = studio.pictures(studio.latents(jobs[:1], studio.plans(jobs[:1])))
        images[DIFFERENCE] = _png(beside(ours[0], theirs, jobs[0]), model, jobs[0].as_text())
    return images


def _png(picture: Image, model: RenderModel, text: Mapping[str, str]) -> bytes:
    manifest = model.manifest
    about = {"release": manifest.tag, "fingerprint": manifest.fingerprint, "scheduler": model.scheduler_name}
    return png_bytes(picture, {**about, **text})
