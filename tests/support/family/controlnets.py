"""ControlNets of the family, made from a seed, in both layouts."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.family.architectures import full, tiny
from tests.support.family.key_tables import controlnet_table, original_key
from tests.support.family.lazy import Lazy, write_safetensors
from tests.support.family.model import Config, FamilyModel
from tests.support.family.seeded import seeded
from tests.support.family.torch_shapes import Shapes, shapes_of

_CLASS = "ControlNetModel"
_OF_ITS_OWN: Config = {  # lllyasviel/sd-controlnet-canny, diffusers/controlnet-canny-sdxl-1.0
    "_class_name": _CLASS,
    "conditioning_embedding_out_channels": [16, 32, 96, 256],
    "controlnet_conditioning_channel_order": "rgb",
    "global_pool_conditions": False,
}
_NOT_OF_A_CONTROLNET = (
    "center_input_sample",
    "conv_in_kernel",
    "conv_out_kernel",
    "dual_cross_attention",
    "out_channels",
    "sample_size",
    "time_cond_proj_dim",
    "time_embedding_type",
    "up_block_types",
)
"""Fields of a UNet's config that `ControlNetModel` does not know."""


@dataclass(frozen=True)
class ControlNet:
    """A ControlNet: a config, and numbers from a seed; its zero convolutions have some too, or it would do nothing."""

    config: Config
    seed: int = 0
    dtype: str = "float32"

    def shapes(self) -> Shapes:
        """Parameter name to shape, as diffusers names them."""
        return shapes_of(_CLASS, self.config)

    def tensors(self) -> dict[str, Lazy]:
        """Parameter name to tensor."""
        shapes = self.shapes().items()
        return {name: seeded(self.seed, "controlnet", name, shape, self.dtype) for name, shape in shapes}


def tiny_controlnet(family: str, seed: int = 0, dtype: str = "float32") -> ControlNet:
    """A ControlNet that fits `tiny(family)`: `sd1`, `sd2` or `sdxl`."""
    return ControlNet(_config(tiny(family)), seed, dtype)


def full_controlnet(family: str, seed: int = 0, dtype: str = "float32") -> ControlNet:
    """A ControlNet that fits `full(family)`."""
    return ControlNet(_config(full(family)), seed, dtype)


def write_controlnet_diffusers(model: ControlNet, folder: Path) -> Path:
    """Write the ControlNet as `save_pretrained` lays it out."""
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", model.tensors())
    (folder / "config.json").write_text(json.dumps(dict(model.config), indent=2))
    return folder


def write_controlnet_original(model: ControlNet, path: Path, prefix: str = "control_model.") -> Path:
    """Write the ControlNet in the layout of its authors' code; `prefix` is empty in files that others made."""
    return write_safetensors(path, controlnet_tensors(model, prefix))


def controlnet_tensors(model: ControlNet, prefix: str) -> dict[str, Lazy]:
    """Key to tensor in that layout."""
    table: Mapping[str, str] = controlnet_table(model.config)
    return {prefix + original_key(name, table): tensor for name, tensor in model.tensors().items()}


def _config(model: FamilyModel) -> dict[str, Any]:
    unet = model.configs["unet"]
    return {**{name: value for name, value in unet.items() if name not in _NOT_OF_A_CONTROLNET}, **_OF_ITS_OWN}
