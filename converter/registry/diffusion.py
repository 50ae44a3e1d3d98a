"""The entry for a Stable Diffusion model."""

from dataclasses import dataclass, field
from typing import ClassVar

from converter.registry.entries import ReleaseEntry
from converter.registry.fields import choice, flag, many, place, text, whole
from converter.registry.names import inner_path_complaint
from converter.registry.networks import InversionEntry, LoraEntry
from converter.registry.sources import Source
from converter.registry.vocabulary import ModelVersion, Pipeline, PredictionType


@dataclass(frozen=True, kw_only=True)
class DiffusionEntry(ReleaseEntry):
    """A Stable Diffusion model."""

    section: ClassVar[str] = "diffusion"

    pipeline: Pipeline = field(
        default=Pipeline.TXT2IMG, metadata=choice(Pipeline, "What the model is for; txt2img when absent.")
    )
    version: ModelVersion | None = field(
        default=None, metadata=choice(ModelVersion, "Generation of the model; recognised from its weights when absent.")
    )
    image_size: int | None = field(
        default=None, metadata=whole("Width and height in pixels that it was trained at.", 64, 8192, step=8)
    )
    prediction_type: PredictionType | None = field(
        default=None, metadata=choice(PredictionType, "What the UNet predicts; known from the model when absent.")
    )
    zero_terminal_snr: bool = field(
        default=False, metadata=flag("Whether its noise schedule was trained with zero terminal signal-to-noise ratio.")
    )
    clip_skip: int | None = field(
        default=None, metadata=whole("How many of the text encoder's last layers its prompts skip.", 1, 12)
    )
    vae: Source | None = field(
        default=None,
        metadata=place(
            "Another VAE in the place of the model's own: a Hub id, an address or a path.",
            examples=("stabilityai/sd-vae-ft-mse",),
        ),
    )
    single_vae: bool = field(
        default=False, metadata=flag("Whether encoder and decoder of the VAE stay one graph; for the x4 upscaler.")
    )
    control: bool = field(default=False, metadata=flag("Whether a UNet that takes a ControlNet is made as well."))
    config: str | None = field(
        default=None,
        metadata=text(
            "Original configuration file, inside the models folder.",
            examples=("v1-inference.yaml",),
            complaint=inner_path_complaint,
        ),
    )
    hash: str | None = field(
        default=None,
        metadata=text("Hash of the original model that image metadata shows; a SHA-256 is checked on download."),
    )
    loras: tuple[LoraEntry, ...] = field(
        default=(), metadata=many(LoraEntry, "lora", "LoRAs that are blended into the model for good.")
    )
    inversions: tuple[InversionEntry, ...] = field(
        default=(),
        metadata=many(InversionEntry, "inversion", "Textual Inversions that are added to the text encoder for good."),
    )
