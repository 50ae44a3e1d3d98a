"""Why a LoRA does not fit: what model it was made for, from its metadata, names and widths. Pure."""

import re
from collections.abc import Mapping

from converter.blend.lora.addresses import role_of
from converter.blend.lora.roles import Role
from converter.blend.lora.targets import Targets
from converter.blend.lora.tensors import LoraHeader

_SD1, _SD2, _SDXL = "Stable Diffusion 1.x", "Stable Diffusion 2.x", "Stable Diffusion XL"

# Source: https://github.com/kohya-ss/sd-scripts/blob/48d368fa557731ad0488c07304dfeba8c07910eb/library/sai_model_spec.py
#         and train_util.py (`ss_base_model_version`), Apache-2.0
_METADATA = (
    ("modelspec.architecture", "stable-diffusion-xl", _SDXL),
    ("modelspec.architecture", "stable-diffusion-v1", _SD1),
    ("modelspec.architecture", "stable-diffusion-v2", _SD2),
    ("modelspec.architecture", "stable-diffusion-3", "Stable Diffusion 3"),
    ("modelspec.architecture", "flux", "Flux"),
    ("ss_base_model_version", "sdxl", _SDXL),
    ("ss_base_model_version", "sd_v1", _SD1),
    ("ss_base_model_version", "sd_v2", _SD2),
    ("ss_base_model_version", "flux", "Flux"),
)
_NAMES = (
    (re.compile(r"double_blocks|single_blocks|single_transformer_blocks"), "Flux"),
    (re.compile(r"joint_blocks|lora_te3_|text_encoder_3\."), "Stable Diffusion 3"),
    (re.compile(r"^transformer\.|^lora_transformer_"), "a diffusion transformer such as Flux or Stable Diffusion 3"),
    (re.compile(r"^lora_te2_|^text_encoder_2\.|label_emb|add_embedding"), _SDXL),
    (re.compile(r"input_blocks[._][78][._]1[._]transformer_blocks[._][1-9]"), _SDXL),
    (re.compile(r"down_blocks[._]2[._]attentions[._]\d[._]transformer_blocks[._][1-9]"), _SDXL),
)
_WIDTHS: Mapping[int, str] = {768: _SD1, 1024: _SD2, 2048: _SDXL}
"""Of the text that cross attention reads."""
_CROSS = re.compile(r"attn2[._](?:processor\.)?to_[kv]")


def made_for(header: LoraHeader) -> str | None:
    """The architecture that a file was made for, as far as it shows."""
    for key, beginning, architecture in _METADATA:
        if header.metadata.get(key, "").lower().startswith(beginning):
            return architecture
    for pattern, architecture in _NAMES:
        if any(pattern.search(name) for name in header.tensors.names):
            return architecture
    widths = {
        _WIDTHS.get(header.tensors.info(name).shape[1]) for name in header.tensors.names if _reads_text(name, header)
    }
    return widths.pop() if len(widths) == 1 else None


def likely_cause(header: LoraHeader, targets: Targets) -> str:
    """One sentence: what happened, and what to do."""
    architecture = made_for(header)
    if architecture not in (None, targets.architecture):
        return f"It was made for {architecture}, this model is {targets.architecture}: use one that was made for it"
    return (
        f"It was made for another model than this {targets.architecture}, by a newer script, or it is damaged: "
        "use another file of it"
    )


def _reads_text(name: str, header: LoraHeader) -> bool:
    is_matrix = len(header.tensors.info(name).shape) >= 2
    return is_matrix and bool(_CROSS.search(name)) and role_of(name) in (Role.DOWN, Role.HADA_W1_B)
