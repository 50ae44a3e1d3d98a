"""What a VAE by itself is, and which models it fits."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from math import prod
from typing import ClassVar

from converter.blendable import base_title
from converter.inspection.convertible import dtypes_of
from converter.inspection.inspected import Inspected, inspected
from converter.inspection.looks import Looked
from converter.models import Found, Model, ModelError, families_of_vae, open_vae, with_vae
from converter.workshop import Workshop


@dataclass(frozen=True, kw_only=True)
class VaeInspection(Inspected):
    """What is known about a VAE that came alone."""

    kind: ClassVar[str] = "vae"

    made_for: tuple[str, ...]
    """The architectures whose latents it makes."""
    layout: str
    latent_channels: int
    scaling_factor: float | None
    """What its latents are multiplied by; `None` where nothing says it: a single file does not."""
    parameters: int
    dtypes: Mapping[str, int]
    """Safetensors dtype to number of tensors that are used."""


def inspect_vae(found: Looked, workshop: Workshop) -> VaeInspection:
    """Recognise a VAE, and find the architectures whose latents it makes.

    Raises:
        ModelError: it is none, or no architecture has latents like its.
        WeightsError: a weight file is damaged.
    """
    with closing(open_vae(found.files, workshop.key_maps)) as vae:
        titles = tuple(family.title for family in families_of_vae(vae.config))
        if not titles:
            raise ModelError(
                f"{found.files.name}: found a VAE with {vae.graph_config['latent_channels']} latent channels, blocks "
                f"of {vae.graph_config['block_out_channels']} channels and scaling factor "
                f"{vae.config.get('scaling_factor')}, expected one that makes the latents of Stable Diffusion"
            )
        return _described(found, vae, titles)


def inspect_vae_for(model: Model, found: Looked, workshop: Workshop) -> tuple[VaeInspection, Model]:
    """Recognise a VAE, and put it in the place of a model's own; of the model that comes back no weight is read.

    Raises:
        ModelError: it is no VAE, or none for this model.
        WeightsError: a weight file is damaged.
    """
    changed, vae = with_vae(model, found.files, workshop.key_maps)
    with closing(vae):
        return _described(found, vae, (base_title(model),)), changed


def _described(found: Looked, vae: Found, made_for: tuple[str, ...]) -> VaeInspection:
    scale = vae.config.get("scaling_factor")
    return VaeInspection(
        **vars(inspected(found, vae.files)),
        made_for=made_for,
        layout="original" if vae.original else "diffusers",
        latent_channels=int(str(vae.graph_config["latent_channels"])),
        scaling_factor=None if scale is None else float(str(scale)),
        parameters=sum(prod(shape) for shape in vae.state.shapes.values()),
        dtypes=dtypes_of(vae.state),
    )
