"""What `render` does with its options: finds the release, makes the job, and the file of what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from converter.cli.options import Place

if TYPE_CHECKING:
    from PIL.Image import Image

    from converter.progress import Report
    from converter.render import Device, Job, RenderModel, Settings, Task

_STRENGTH_OF_IMAGE = 0.8
_STRENGTH_OF_MASK = 1.0
Size = tuple[int, int]
"""Width and height, in pixels."""


@dataclass(frozen=True)
class Asked:
    """What was asked for; `None` where the model decides."""

    prompt: str = ""
    negative: str = ""
    seed: int = 0
    steps: int | None = None
    guidance: float | None = None
    size: Size | None = None
    image: Path | None = None
    mask: Path | None = None
    strength: float | None = None


@dataclass(frozen=True)
class Rendered:
    """A picture as a file."""

    png: bytes
    text: Mapping[str, str]
    """Its metadata, which is in it as well."""


@dataclass(frozen=True)
class Finder:
    """Where releases are found."""

    place: Place
    cache: Path
    report: Report = field(repr=False)
    allow_yanked: bool = False

    def folder(self, release: str, hub: str) -> Path:
        """The folder of a release: one that is named, that of a hub that is a folder, or a verified download.

        Raises:
            HubError: there is no such release, or it is yanked, or cannot be had.
        """
        if Path(release).is_dir() or "/" in release:
            return Path(release)
        from converter.hub import download, read_published

        store = self.place.store(hub)
        row = read_published(store).index.find(release, allow_yanked=self.allow_yanked)
        to = self.cache / "releases" / f"{row.tag}.{row.commit[:12]}"
        local = store.local_folder(row.tag)
        return local or download(store, row.tag, to, self.report, allow_yanked=self.allow_yanked)


class Maker:
    """Makes pictures with one release."""

    def __init__(self, folder: Path, device: Device, report: Report) -> None:
        """Open the release.

        Raises:
            RenderError: it cannot make images.
        """
        from converter.render import open_model

        self._model = open_model(folder)
        self._device: Device = device
        self._report = report

    def image(self, asked: Asked) -> Rendered:
        """The image that was asked for."""
        job = _job(self._model, asked)
        (picture,) = self._pictures([job])
        return self._rendered(picture, job.as_text())

    def sheet(self, steps: int | None) -> Rendered:
        """The contact sheet, each image in so many steps."""
        from converter.render import Job, TextToImage, sheet, sheet_settings

        jobs = [Job(settings, TextToImage()) for settings in sheet_settings(self._model, steps)]
        return self._rendered(sheet(self._pictures(jobs), jobs), {})

    def _pictures(self, jobs: list[Job]) -> list[Image]:
        from converter.render import render

        return render(self._model, jobs, self._device, self._report)

    def _rendered(self, picture: Image, text: Mapping[str, str]) -> Rendered:
        from converter.render import png_bytes

        manifest = self._model.manifest
        about = {"release": manifest.tag, "fingerprint": manifest.fingerprint, "scheduler": self._model.scheduler_name}
        both = {**about, **text}
        return Rendered(png_bytes(picture, both), both)


def _job(model: RenderModel, asked: Asked) -> Job:
    from converter.render import Job, TextToImage, read_picture

    if asked.image is None:
        size = asked.size or (model.default_size, model.default_size)
        return Job(_settings(model, asked, size), TextToImage())
    picture = read_picture(asked.image)
    mask = None if asked.mask is None else read_picture(asked.mask)
    size = asked.size or picture.size
    return Job(_settings(model, asked, size), _task(asked, size, picture, mask))


def _settings(model: RenderModel, asked: Asked, size: Size) -> Settings:
    from converter.render import Settings

    return Settings(
        prompt=asked.prompt,
        negative=asked.negative,
        seed=asked.seed,
        steps=model.default_steps if asked.steps is None else asked.steps,
        guidance=model.default_guidance if asked.guidance is None else asked.guidance,
        width=size[0],
        height=size[1],
    )


def _task(asked: Asked, size: Size, picture: Image, mask: Image | None) -> Task:
    from converter.render import ImageToImage, Inpainting, RenderError, image_array, mask_array

    image = image_array(picture, size)
    if mask is None:
        return ImageToImage(image, _STRENGTH_OF_IMAGE if asked.strength is None else asked.strength)
    if mask.size != picture.size:
        raise RenderError(
            f"{asked.mask}: the mask has {mask.width}x{mask.height} pixels, expected the "
            f"{picture.width}x{picture.height} of {asked.image}; make it as large as the image"
        )
    return Inpainting(image, mask_array(mask, size), _STRENGTH_OF_MASK if asked.strength is None else asked.strength)
