"""The VAE of a model by itself, in both layouts."""

import json
from pathlib import Path

from tests.support.family.key_tables import original_key, vae_table
from tests.support.family.lazy import Lazy, write_safetensors
from tests.support.family.model import FamilyModel


def vae_original_tensors(model: FamilyModel, prefix: str) -> dict[str, Lazy]:
    """Original key to tensor; the attention's projections are convolutions there: (out, in, 1, 1)."""
    table = vae_table(model.configs["vae"])
    return {
        prefix + original_key(name, table): tensor.reshaped((*tensor.shape, 1, 1))
        if ".attentions." in name and len(tensor.shape) == 2
        else tensor
        for name, tensor in model.tensors("vae").items()
    }


def write_vae_original(model: FamilyModel, path: Path, prefix: str = "") -> Path:
    """Write the VAE in the original layout; `prefix` is `first_stage_model.` in files cut out of a checkpoint."""
    return write_safetensors(path, vae_original_tensors(model, prefix))


def write_vae_diffusers(model: FamilyModel, folder: Path) -> Path:
    """Write the VAE as `AutoencoderKL.save_pretrained` lays it out."""
    write_safetensors(folder / "diffusion_pytorch_model.safetensors", model.tensors("vae"))
    (folder / "config.json").write_text(json.dumps(dict(model.configs["vae"]), indent=2))
    return folder
