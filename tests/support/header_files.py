"""LoRA files in the real shapes of a model, without a byte of numbers: what a look at one sees."""

from collections.abc import Mapping
from pathlib import Path

from tests.support.family import FamilyModel
from tests.support.original_shapes import write_zeros

Shapes = dict[str, tuple[int, ...]]


def kohya_shapes(model: FamilyModel, rank: int = 4) -> Shapes:
    """What sd-scripts trains by default: attention and feed-forward of the UNet, attention of the text encoders."""
    two = "text_encoder_2" in model.configs
    prefixes = {"unet": "unet", "text_encoder": "te1" if two else "te", "text_encoder_2": "te2"}
    found: Shapes = {}
    for part in [part for part in prefixes if part in model.configs]:
        for name, shape in model.shapes(part).items():
            layer, _, leaf = name.rpartition(".")
            if leaf == "weight" and len(shape) == 2 and (".transformer_blocks." in name or ".self_attn." in name):
                key = f"lora_{prefixes[part]}_{layer.replace('.', '_')}"
                found |= {f"{key}.lora_down.weight": (rank, shape[1]), f"{key}.lora_up.weight": (shape[0], rank)}
                found[f"{key}.alpha"] = ()
    return found


def write_lora(path: Path, shapes: Mapping[str, tuple[int, ...]], **metadata: str) -> Path:
    """A safetensors file of these shapes; `ss_*` and the like go into its metadata."""
    return write_zeros(path, shapes, metadata)
