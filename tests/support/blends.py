"""LoRAs in kohya's dialect and inversions for the tiny models of `tests.support.family`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from tests.support.safetensors_files import write_tensors

_PREFIXES = {"unet": "lora_unet_", "text_encoder": "lora_te_", "text_encoder_2": "lora_te2_"}
_SPREAD = 0.2
RANK, ALPHA = 4, 2.0


class Shaped(Protocol):
    """A model of `tests.support`, of either kind."""

    @property
    def configs(self) -> Mapping[Any, Mapping[str, Any]]: ...

    def shapes(self, part: Any) -> Mapping[str, tuple[int, ...]]: ...


def write_kohya_lora(model: Shaped, path: Path, *, seed: int = 0) -> Path:
    """A LoRA on every attention and feed-forward layer of the UNet and the text encoders."""
    random = np.random.default_rng(seed)
    tensors: dict[str, np.ndarray[Any, Any]] = {}
    for part in model.configs:
        for name, shape in model.shapes(part).items() if part in _PREFIXES else ():
            if len(shape) == 2 and name.endswith(".weight") and _is_attended(name):
                prefix = _prefix(model, part) + name.removesuffix(".weight").replace(".", "_")
                tensors[f"{prefix}.lora_down.weight"] = _normal(random, (RANK, shape[1]))
                tensors[f"{prefix}.lora_up.weight"] = _normal(random, (shape[0], RANK))
                tensors[f"{prefix}.alpha"] = np.array(ALPHA, np.float32)
    return write_tensors(path, tensors, {"ss_network_module": "networks.lora", "ss_network_dim": str(RANK)})


def write_inversion(widths: Mapping[str, int], path: Path, *, vectors: int = 3, seed: int = 0) -> Path:
    """An inversion of the layout that goes with these text encoders."""
    random = np.random.default_rng(seed)
    keys = {"text_encoder": "clip_l", "text_encoder_2": "clip_g"} if len(widths) > 1 else {}
    tensors = {keys.get(part, "emb_params"): _normal(random, (vectors, width)) for part, width in widths.items()}
    return write_tensors(path, tensors)


def _prefix(model: Shaped, part: str) -> str:
    return "lora_te1_" if part == "text_encoder" and "text_encoder_2" in model.configs else _PREFIXES[part]


def _is_attended(name: str) -> bool:
    return any(word in name for word in (".attn", ".ff.", "self_attn", ".mlp."))


def _normal(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    return random.standard_normal(shape, dtype=np.float32) * np.float32(_SPREAD)
