"""The conductor: prompts, images that are given, the loop, the pictures. One graph is in memory at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PIL import Image

from converter.installed import require_tracing
from converter.progress import Progress, Report
from converter.render.conditions import conditions, prompts_of
from converter.render.denoise import Kept, Plan, denoise
from converter.render.errors import RenderError
from converter.render.graph import Device, Graphs, Runs, graphs_of
from converter.render.images import picture_of
from converter.render.job import Array, ImageToImage, Inpainting, Job, Settings, Task, TextToImage
from converter.render.latents import mask_of_latents, noise_of, scaled_for_unet, scaled_for_vae, without_masked
from converter.render.memory import available_bytes, require_memory
from converter.render.model import RenderModel
from converter.render.schedule import Schedule
from converter.render.text import encode


def render(model: RenderModel, jobs: Sequence[Job], device: Device, report: Report) -> list[Image.Image]:
    """The images of some jobs; each graph is loaded once for all of them.

    Args:
        model: an opened release.
        jobs: what is wanted.
        device: what the graphs run on.
        report: called in each step.

    Raises:
        RenderError: a job does not fit the model, the memory or the device.
        NotInstalledError: the libraries of the schedulers and tokenizers are not there.
    """
    require_tracing("making an image (its schedulers and tokenizer)")
    for job in jobs:
        require_fit(model, job)
        if device == "cpu":
            require_memory(model, job.settings, available_bytes())
    studio = Studio(model, graphs_of(model.folder, device), report)
    return studio.pictures(studio.latents(jobs, studio.plans(jobs)))


def require_fit(model: RenderModel, job: Job) -> None:
    """Check that a model can do a job.

    Raises:
        RenderError: the size is no multiple of what the model needs, or the task is not one of the model's.
    """
    _require_size(model, job.settings)
    tag = model.manifest.tag
    if model.is_inpainting and not isinstance(job.task, Inpainting):
        raise RenderError(f"{tag}: an inpainting model takes an image and a mask; name both (--image, --mask)")
    if model.is_refiner and isinstance(job.task, TextToImage):
        raise RenderError(f"{tag}: the refiner works on an image that another model has made; name it (--image)")


def _require_size(model: RenderModel, settings: Settings) -> None:
    multiple = model.manifest.model.image_multiple
    if settings.width % multiple or settings.height % multiple:
        nearest = "x".join(str(max(1, round(side / multiple)) * multiple) for side in (settings.width, settings.height))
        raise RenderError(
            f"the size {settings.width}x{settings.height} was asked for, {model.manifest.tag} makes multiples of "
            f"{multiple} pixels; the nearest is --size {nearest}"
        )


@dataclass(frozen=True)
class Studio:
    """A release at work, in three steps; one graph is in memory at a time."""

    model: RenderModel
    graphs: Graphs
    report: Report

    def plans(self, jobs: Sequence[Job]) -> list[Plan]:
        """Prompts and images encoded: what the loop of each job takes."""
        model = self.model
        prompts = [prompt for job in jobs for prompt in prompts_of(model, job.settings)]
        encoded = encode(model, prompts, self.graphs, self.report)
        pairs = zip(jobs, self._kept(jobs), strict=True)
        return [_plan(model, job, conditions(model, job.settings, encoded), kept) for job, kept in pairs]

    def latents(self, jobs: Sequence[Job], plans: Sequence[Plan]) -> list[Array]:
        """The loop of each job; (1, 4, height / 8, width / 8), in the scale of the UNet."""
        self.report(Progress(f"{self.model.manifest.tag}: loading the UNet", 0, 1, ""))
        pairs = enumerate(zip(jobs, plans, strict=True), start=1)
        with self.graphs("unet") as unet:
            return [self._denoised(unet, job, plan, f"image {number} of {len(jobs)}") for number, (job, plan) in pairs]

    def pictures(self, latents: Sequence[Array]) -> list[Image.Image]:
        """Latents, decoded."""
        return [picture_of(array) for array in self.decoded(latents)]

    def decoded(self, latents: Sequence[Array]) -> list[Array]:
        """What the decoder makes of latents; (1, 3, height, width), about -1 to 1."""
        self.report(Progress(f"{self.model.manifest.tag}: decoding", 0, 1, ""))
        scaled = (scaled_for_vae(each, self.model.vae) for each in latents)
        with self.graphs("vae_decoder") as decoder:
            return [decoder.run({"latent_sample": each}, "sample") for each in scaled]

    def _kept(self, jobs: Sequence[Job]) -> list[Kept | None]:
        """The images of the jobs, encoded; the encoder is loaded if one of them has an image."""
        if all(isinstance(job.task, TextToImage) for job in jobs):
            return [None] * len(jobs)
        self.report(Progress(f"{self.model.manifest.tag}: reading the image", 0, 1, ""))
        with self.graphs("vae_encoder") as graph:
            encoder = _Encoder(self.model, graph)
            return [encoder.kept(job.task) for job in jobs]

    def _denoised(self, unet: Runs, job: Job, plan: Plan, which: str) -> Array:
        task = f"{self.model.manifest.tag}: {which}"
        return denoise(
            lambda inputs: unet.run(inputs, "out_sample"),
            _schedule(self.model, job),
            plan,
            lambda done, total: self.report(Progress(task, done, total, "steps")),
        )


def _plan(model: RenderModel, job: Job, told: Mapping[str, Array], kept: Kept | None) -> Plan:
    settings = job.settings
    return Plan(
        noise=noise_of(settings.seed, settings.width, settings.height, model.latent_scale),
        conditions=told,
        guidance=settings.guidance,
        kept=kept,
        # An image that is to be changed as a whole is there also at full strength, in diffusers as here.
        is_pure_noise=isinstance(job.task, Inpainting) and job.task.strength >= 1,
    )


@dataclass(frozen=True)
class _Encoder:
    model: RenderModel
    graph: Runs

    def kept(self, task: Task) -> Kept | None:
        match task:
            case TextToImage():
                return None
            case ImageToImage(image=image):
                return Kept(self._latents(image))
            case Inpainting(image=image, mask=mask):
                masked = self._latents(without_masked(image, mask)) if self.model.is_inpainting else None
                return Kept(self._latents(image), mask_of_latents(mask, self.model.latent_scale), masked)

    def _latents(self, image: Array) -> Array:
        """The mean of the encoder's distribution: a sample would take noise that the seed is not for."""
        return scaled_for_unet(self.graph.run({"sample": image}, "latent_sample"), self.model.vae)


def _schedule(model: RenderModel, job: Job) -> Schedule:
    """A fresh schedule for a job.

    Raises:
        RenderError: the strength leaves no step.
    """
    strength = None if isinstance(job.task, TextToImage) else job.task.strength
    return Schedule(model.scheduler, job.settings.steps, job.settings.seed, strength=strength)
