"""Which types of entry each section holds, and the names that the schema gives them."""

from collections.abc import Mapping
from types import MappingProxyType

from converter.registry.diffusion import DiffusionEntry
from converter.registry.entries import CorrectionEntry, SourcedEntry, SourceEntry, UpscalingEntry
from converter.registry.networks import ControlEntry, InversionEntry, LoraEntry

DEFINITIONS: Mapping[str, type[SourcedEntry]] = MappingProxyType(
    {
        "diffusion": DiffusionEntry,
        "correction": CorrectionEntry,
        "upscaling": UpscalingEntry,
        "lora": LoraEntry,
        "inversion": InversionEntry,
        "control": ControlEntry,
        "source": SourceEntry,
    }
)
"""Name under `$defs` of the schema -> type."""

SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "diffusion": ("diffusion",),
        "correction": ("correction",),
        "upscaling": ("upscaling",),
        "networks": ("lora", "inversion", "control"),
        "sources": ("source",),
    }
)
"""Section that is a list -> names of what it may hold; told apart by `type` when they are several."""

LEGACY_KEYS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "diffusion": ("name", "source", "single_vae", "half", "opset"),
        "correction": ("name", "source", "scale", "half", "opset"),
        "upscaling": ("name", "source", "scale", "half", "opset"),
        "source": ("name", "source"),
    }
)
"""Definition -> what the positions of onnx-web's legacy tuples mean (its `convert/utils.py`)."""

LEGACY_OPEN = frozenset({"source"})
"""Definitions whose tuples may be longer; onnx-web ignores the rest."""

LEGACY_DEFAULTS: Mapping[str, Mapping[str, int]] = MappingProxyType({"upscaling": {"scale": 1}})
"""What a tuple leaves out although the object form must have it."""
