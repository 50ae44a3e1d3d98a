"""A text encoder as OpenCLIP stores it: three projections in one tensor, the last projection transposed.

https://github.com/mlfoundations/open_clip/blob/v2.24.0/src/open_clip/transformer.py (MIT)
"""

from collections.abc import Mapping

import numpy as np

from tests.support.family.lazy import Lazy, fixed, stacked
from tests.support.family.model import FamilyModel

_ENDS = {
    "text_model.embeddings.token_embedding.weight": "token_embedding.weight",
    "text_model.embeddings.position_embedding.weight": "positional_embedding",
    "text_model.final_layer_norm.weight": "ln_final.weight",
    "text_model.final_layer_norm.bias": "ln_final.bias",
}
_LAYER = {
    "layer_norm1": "ln_1",
    "self_attn.out_proj": "attn.out_proj",
    "layer_norm2": "ln_2",
    "mlp.fc1": "mlp.c_fc",
    "mlp.fc2": "mlp.c_proj",
}
_PROJECTION = "text_projection.weight"
_LAYERS = "text_model.encoder.layers"


def open_clip_tensors(model: FamilyModel, part: str, *, penultimate: bool) -> dict[str, Lazy]:
    """OpenCLIP's key to tensor.

    Args:
        model: whose encoder.
        part: which one.
        penultimate: the encoder lacks OpenCLIP's last layer and projection, as that of SD 2.x, for its pipeline takes
            what comes before them. Both are in the original file nevertheless, with numbers of their own.
    """
    tensors = model.tensors(part)
    width, layers = int(model.configs[part]["hidden_size"]), int(model.configs[part]["num_hidden_layers"])
    if penultimate:
        tensors |= _last_layer(model, part, layers)
        tensors[_PROJECTION] = model.tensor(part, _PROJECTION, (width, width))
    found = {key: tensors[name] for name, key in _ENDS.items()}
    for number in range(layers + penultimate):
        found |= _resblock(tensors, f"{_LAYERS}.{number}", f"transformer.resblocks.{number}")
    found["text_projection"] = tensors[_PROJECTION].transposed()  # (width, projection)
    found["logit_scale"] = fixed(np.array(np.log(100), dtype=np.float32)).cast(model.dtype)
    return found


def _last_layer(model: FamilyModel, part: str, number: int) -> dict[str, Lazy]:
    first = f"{_LAYERS}.0."
    names = {name: f"{_LAYERS}.{number}.{name.removeprefix(first)}" for name in model.shapes(part) if first in name}
    return {new: model.tensor(part, new, model.shapes(part)[name]) for name, new in names.items()}


def _resblock(tensors: Mapping[str, Lazy], old: str, new: str) -> dict[str, Lazy]:
    found = {
        f"{new}.{key}.{leaf}": tensors[f"{old}.{name}.{leaf}"]
        for name, key in _LAYER.items()
        for leaf in ("weight", "bias")
    }
    for leaf in ("weight", "bias"):
        found[f"{new}.attn.in_proj_{leaf}"] = stacked([tensors[f"{old}.self_attn.{q}_proj.{leaf}"] for q in "qkv"])
    return found
