"""Tiny real models of the whole Stable Diffusion family, made from a seed, in the forms that contributors bring.

`tiny` and `full` give a `FamilyModel`: configs as published, numbers from a seed, tensors made one at a time when they
are asked for. Writers put one on disk as a diffusers folder or as one file in the original layout. Shapes come from the
classes of diffusers and transformers; the key tables are written here, and the tests compare them with those of
diffusers. Nothing here imports what it serves to test, but for the tokenizer files.
"""

from tests.support.family.architectures import ARCHITECTURES, full, tiny
from tests.support.family.controlnets import (
    ControlNet,
    controlnet_tensors,
    full_controlnet,
    tiny_controlnet,
    write_controlnet_diffusers,
    write_controlnet_original,
)
from tests.support.family.diffusers_folder import FORMS, write_diffusers
from tests.support.family.lazy import Lazy, fixed, write_safetensors, write_sparse
from tests.support.family.model import FamilyModel
from tests.support.family.original import markers, original_tensors, write_original
from tests.support.family.vaes import write_vae_diffusers, write_vae_original

__all__ = [
    "ARCHITECTURES",
    "FORMS",
    "ControlNet",
    "FamilyModel",
    "Lazy",
    "controlnet_tensors",
    "fixed",
    "full",
    "full_controlnet",
    "markers",
    "original_tensors",
    "tiny",
    "tiny_controlnet",
    "write_controlnet_diffusers",
    "write_controlnet_original",
    "write_diffusers",
    "write_original",
    "write_safetensors",
    "write_sparse",
    "write_vae_diffusers",
    "write_vae_original",
]
