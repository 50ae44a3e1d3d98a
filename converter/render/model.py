"""A release folder, as far as rendering has to know it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from converter.canonical import JsonObject, JsonValue
from converter.release import MANIFEST_NAME, FolderView, Manifest, ReleaseError, required_files
from converter.render.errors import RenderError

_INPAINTING_CHANNELS = 9
_LCM = "LCMScheduler"


@dataclass(frozen=True)
class RenderModel:
    """What a release is made of."""

    folder: Path
    manifest: Manifest
    index: JsonObject
    """Of `model_index.json`."""
    unet: JsonObject
    """The UNet's config."""
    vae: JsonObject
    """The config of both halves of the VAE."""
    scheduler: JsonObject

    @property
    def encoders(self) -> tuple[str, ...]:
        """Folders of the text encoders, in the order in which their states are joined."""
        return tuple(name for name in ("text_encoder", "text_encoder_2") if name in self.manifest.graphs)

    @property
    def is_xl(self) -> bool:
        return "text_encoder_2" in self.encoders

    @property
    def is_refiner(self) -> bool:
        """Whether it only works on images that another model has made."""
        return self.encoders == ("text_encoder_2",)

    @property
    def is_inpainting(self) -> bool:
        """Whether its UNet takes the mask and the masked image as channels of their own."""
        return self.unet["in_channels"] == _INPAINTING_CHANNELS

    @property
    def scheduler_name(self) -> str:
        """The scheduler's class in diffusers."""
        return str(self.scheduler.get("_class_name"))

    @property
    def is_distilled(self) -> bool:
        """Whether its scheduler is that of latent consistency models, which need few steps."""
        return self.scheduler_name == _LCM

    @property
    def guidance_width(self) -> int | None:
        """Numbers in which the UNet is told the guidance; `None` where prompt and negative prompt are both run."""
        width = self.unet.get("time_cond_proj_dim")
        return None if width is None else _integer(width)

    @property
    def zeroes_empty_negative(self) -> bool:
        """Whether no negative prompt means zeros, and not the states of an empty one."""
        return bool(self.index.get("force_zeros_for_empty_prompt"))

    @property
    def wants_aesthetic_score(self) -> bool:
        return bool(self.index.get("requires_aesthetics_score"))

    @property
    def latent_scale(self) -> int:
        """Pixels in a row for each latent: 8."""
        return int(2 ** (len(_list(self.vae["block_out_channels"])) - 1))

    @property
    def default_size(self) -> int:
        """Width and height that the model was made for, in pixels."""
        return _integer(self.unet["sample_size"]) * self.latent_scale

    @property
    def default_steps(self) -> int:
        """Those of latent-consistency models are for 4, https://arxiv.org/abs/2310.04378; others look done at 25."""
        return 4 if self.is_distilled else 25

    @property
    def default_guidance(self) -> float:
        """What diffusers' pipelines take: 7.5, for Stable Diffusion XL 5, for latent consistency models 8."""
        if self.guidance_width is not None:
            return 8.0
        return 5.0 if self.is_xl else 7.5


def open_model(folder: Path) -> RenderModel:
    """Look at a release folder; its files are there afterwards, their digests are not computed (`verify` does).

    Raises:
        RenderError: it is no release, one without images (a ControlNet), or one that needs more than a prompt.
        ReleaseError: its manifest cannot be read.
    """
    view = FolderView(folder)
    if not (folder / MANIFEST_NAME).is_file():
        raise RenderError(
            f"{folder}: found no {MANIFEST_NAME}, expected the folder of a release; "
            "name one that `download` or `convert` made, or the name of a release on the hub"
        )
    manifest = Manifest.from_json(view.read(MANIFEST_NAME), f"{folder}/{MANIFEST_NAME}")
    _require_renderable(manifest, folder)
    _require_files(view, manifest)
    return model_of(folder, manifest)


def model_of(folder: Path, manifest: Manifest) -> RenderModel:
    """A folder that has graphs and configs already, and is to have this manifest.

    Raises:
        ReleaseError: a config is no JSON object.
    """
    view = FolderView(folder)
    return RenderModel(
        folder=folder,
        manifest=manifest,
        index=_json(view, "model_index.json"),
        unet=_json(view, "unet/config.json"),
        vae=_json(view, "vae_decoder/config.json"),
        scheduler=_json(view, "scheduler/scheduler_config.json"),
    )


def other_pipeline(manifest: Manifest) -> str | None:
    """What a release is that this room cannot render, in words; `None` for what it can."""
    if "unet" not in manifest.graphs:
        return f"{manifest.model.title}, which makes no image by itself"
    return _OTHER_PIPELINES.get(manifest.model.pipeline or "")


_OTHER_PIPELINES: Mapping[str, str] = {
    "StableDiffusionUpscalePipeline": "an upscaler, which makes a larger image of a small one",
    "StableDiffusionInstructPix2PixPipeline": "an instruct-pix2pix model, which takes an instruction and an image",
    "StableDiffusionXLInstructPix2PixPipeline": "an instruct-pix2pix model, which takes an instruction and an image",
}


def _require_renderable(manifest: Manifest, folder: Path) -> None:
    expected = "`render` takes Stable Diffusion 1.x, 2.x and XL, and their inpainting and LCM variants"
    other = other_pipeline(manifest)
    if other is not None:
        advice = "load this one with diffusers or optimum" if "unet" in manifest.graphs else "name one of them"
        raise RenderError(f"{folder}: found {other}; {expected}: {advice}")


def _require_files(view: FolderView, manifest: Manifest) -> None:
    missing = sorted(required_files(manifest.graphs) - set(view.sizes()))
    if missing:
        raise RenderError(
            f"{view.folder}: it lacks {', '.join(missing[:10])}, which a release of this kind has; download it again"
        )


def _json(view: FolderView, path: str) -> JsonObject:
    try:
        value = json.loads(view.read(path))
    except ValueError as error:
        raise ReleaseError(f"{view.folder}/{path}: not JSON ({error}); download the release again") from error
    if not isinstance(value, dict):
        raise ReleaseError(f"{view.folder}/{path}: found no JSON object; download the release again")
    return value


def _integer(value: JsonValue) -> int:
    if not isinstance(value, int):
        raise ReleaseError(f"found {value!r} in a config, expected a whole number; download the release again")
    return value


def _list(value: JsonValue) -> list[JsonValue]:
    if not isinstance(value, list):
        raise ReleaseError(f"found {value!r} in a config, expected a list; download the release again")
    return value
