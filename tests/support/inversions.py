"""Textual Inversion files made from a seed, in each layout, by what writes it: torch and safetensors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from converter.blend.inversion import TextEncoders
from converter.registry.networks import InversionEntry
from converter.registry.sources import LocalSource
from tests.support.safetensors_files import write_tensors
from tests.support.torch_files import save

Array = np.ndarray[Any, Any]
Layout = Literal[
    "concept", "concept-flat", "web-ui", "web-ui-parameter-dict", "emb-params", "tensor",
    "concept-safetensors", "web-ui-safetensors", "emb-params-safetensors",
]  # fmt: skip

PICO = TextEncoders("SD 1.x", {"text_encoder": 64})
PICO_XL = TextEncoders("SDXL", {"text_encoder": 64, "text_encoder_2": 96})


def vectors(count: int, width: int = 64, seed: int = 0) -> Array:
    """Vectors at the scale of an embedding's rows."""
    return 0.02 * np.random.default_rng([seed, count, width]).standard_normal((count, width), dtype=np.float32)


def entry(name: str = "cubex", **fields: Any) -> InversionEntry:
    """What a registry asks for, of a file that the test opens itself."""
    return InversionEntry(name=name, source=LocalSource("inversion.bin"), **fields)


def web_ui(tensor: Any, **changes: Any) -> dict[str, Any]:
    """What AUTOMATIC1111's web UI saves."""
    return {
        "string_to_token": {"*": 265},
        "string_to_param": {"*": tensor},
        "name": "cubex",
        "step": 1500,
        "sd_checkpoint": "81761151",
        "sd_checkpoint_name": "v1-5-pruned-emaonly",
        **changes,
    }


def write_inversion(folder: Path, layout: Layout, values: Array, *, legacy: bool = False) -> Path:
    """Write `values`, of shape (vectors, width), in a layout; the token of a concept is `<cube>`."""
    import torch

    tensor = torch.from_numpy(values.copy())
    in_safetensors: Mapping[str, str] = {
        "concept-safetensors": "<cube>",
        "web-ui-safetensors": "string_to_param.*",
        "emb-params-safetensors": "emb_params",
    }
    if layout in in_safetensors:
        return write_tensors(folder / f"{layout}.safetensors", {in_safetensors[layout]: values})
    # As the method's first code writes it: a module of parameters, and the token's number as a tensor.
    parameters = torch.nn.ParameterDict({"*": torch.nn.Parameter(tensor)})
    saved = {
        "concept": {"<cube>": tensor},
        "concept-flat": {"<cube>": tensor[0]},
        "web-ui": web_ui(tensor),
        "web-ui-parameter-dict": {"string_to_token": {"*": torch.tensor(265)}, "string_to_param": parameters},
        "emb-params": {"emb_params": tensor},
        "tensor": tensor,
    }
    return save(saved[layout], folder / f"{layout}.pt", legacy=legacy)


def write_sdxl(folder: Path, count: int, *, widths: tuple[int, int] = (64, 96), **changes: Array) -> Path:
    """Write an inversion for both text encoders of SDXL; `changes` add or replace tensors."""
    both = {"clip_l": vectors(count, widths[0]), "clip_g": vectors(count, widths[1])}
    return write_tensors(folder / "sdxl.safetensors", {**both, **changes})
