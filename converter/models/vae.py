"""Another VAE in the place of a model's own, from any source and in any layout."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from converter.canonical import JsonObject, JsonValue
from converter.models.architectures import FAMILIES, Family
from converter.models.configs import shipped
from converter.models.errors import ModelError
from converter.models.key_map import KeyMaps, vae_parameters
from converter.models.model import Model
from converter.models.model_files import LocalFiles, ModelFiles
from converter.models.open_model import require_exact
from converter.models.original_part import OriginalPart
from converter.models.original_vae import PREFIX, vae_config
from converter.models.single_part import Alone, Found, Naming, open_alone

_OTHERS = ("model.diffusion_model.", "model_ema.", "cond_stage_model.", "conditioner.")
_SCALE = ("scaling_factor", "sample_size")
_TELLING = "decoder.mid.block_1.conv1.weight"


def with_vae(model: Model, place: Path | ModelFiles, key_maps: KeyMaps) -> tuple[Model, Found]:
    """A model with another VAE, and that VAE, whose files the caller closes.

    Args:
        model: stays open.
        place: of the VAE: a folder or repository of its own or of a pipeline, or a file in either layout.
        key_maps: for original files.

    Raises:
        ModelError: it is no VAE, or none for this model.
        WeightsError: a weight file is damaged or not what its name says.
    """
    files = LocalFiles(place) if isinstance(place, Path) else place
    own = model.configs["vae"]
    found = open_alone(files, _alone(own), key_maps)
    try:
        require_exact({"vae": found.state}, files.name)
        config = _fitting(found.config, own, files.name)
    except BaseException:
        found.close()
        raise
    changed = replace(
        model,
        configs={**model.configs, "vae": config},
        graph_configs={**model.graph_configs, "vae": found.graph_config},
        state_dicts={**model.state_dicts, "vae": found.state},
    )
    return changed, found


def open_vae(place: Path | ModelFiles, key_maps: KeyMaps) -> Found:
    """A VAE by itself, without a model that it is for; the caller closes its files.

    Its config has no `scaling_factor` where nothing says it: the original layout carries no config.

    Args:
        place: a folder or repository of its own or of a pipeline, or a file in either layout.
        key_maps: for original files.

    Raises:
        ModelError: it is no VAE.
        WeightsError: a weight file is damaged or not what its name says.
    """
    files = LocalFiles(place) if isinstance(place, Path) else place
    found = open_alone(files, _alone({}), key_maps)
    try:
        require_exact({"vae": found.state}, files.name)
    except BaseException:
        found.close()
        raise
    if not files.single:
        return found
    return replace(found, config={name: value for name, value in found.config.items() if name not in _SCALE})


def families_of_vae(config: JsonObject) -> tuple[Family, ...]:
    """The families whose latents a VAE of this config makes; a scale that is not known fits all of them."""
    return tuple(family for family in FAMILIES.values() if _fits(config, shipped(family.name, "vae")))


def _fits(config: JsonObject, own: JsonObject) -> bool:
    return all(found == expected for found, expected in _compared(config, own).values())


def _alone(own: JsonObject) -> Alone:
    """A file says nothing about the scale of its latents: those are the model's own."""
    scale = {name: own[name] for name in _SCALE if name in own}

    def original(part: OriginalPart) -> JsonObject:
        return {**vae_config(part, "sd1"), **scale}

    def diffusers(part: OriginalPart) -> JsonObject:
        return {**_diffusers_config(part), **scale}

    return Alone(
        "vae",
        (
            Naming(PREFIX, _TELLING, original, vae_parameters),
            Naming("", _TELLING, original, vae_parameters),
            Naming("", "decoder.mid_block.resnets.0.conv1.weight", diffusers, None),
        ),
        beside=_OTHERS,
    )


def _diffusers_config(part: OriginalPart) -> JsonObject:
    depth = part.counted("encoder.down_blocks.{}.resnets.0.conv1.weight")
    widths = [part.shape(f"encoder.down_blocks.{n}.resnets.0.conv1.weight", 4)[0] for n in range(depth)]
    return {
        **shipped("sd1", "vae"),
        "block_out_channels": widths,
        "layers_per_block": part.counted("encoder.down_blocks.0.resnets.{}.conv1.weight"),
        "down_block_types": ["DownEncoderBlock2D"] * depth,
        "up_block_types": ["UpDecoderBlock2D"] * depth,
        "in_channels": part.shape("encoder.conv_in.weight", 4)[1],
        "out_channels": part.shape("decoder.conv_out.weight", 4)[0],
        "latent_channels": part.shape("decoder.conv_in.weight", 4)[1],
    }


def _fitting(config: JsonObject, own: JsonObject, where: str) -> JsonObject:
    """The config that is published; latents of another kind or scale would make images of wrong colours."""
    checks = _compared(config, own)
    for what, (found, expected) in checks.items():
        if found != expected:
            raise ModelError(
                f"{where}: the VAE has {what} {found}, the model's own has {expected}; expected a VAE for this "
                "architecture, use another one"
            )
    return {**config, "scaling_factor": own.get("scaling_factor")}


def _compared(config: JsonObject, own: JsonObject) -> Mapping[str, tuple[JsonValue, JsonValue]]:
    """What two VAEs must have in common: found and expected."""
    scale = {"scaling_factor": own.get("scaling_factor"), **config}["scaling_factor"]
    return {
        "scaling_factor": (scale, own.get("scaling_factor")),
        "latent_channels": (config.get("latent_channels", 4), own.get("latent_channels", 4)),
        "halvings of the image": (_halvings(config), _halvings(own)),
    }


def _halvings(config: JsonObject) -> int:
    blocks = config.get("block_out_channels", ())
    return len(blocks) - 1 if isinstance(blocks, list | tuple) else 0
