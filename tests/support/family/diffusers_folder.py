"""A model as a diffusers folder."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from converter.models.tokenizer import tokenizer_files
from tests.support.family.lazy import Lazy, write_safetensors, write_sparse
from tests.support.family.model import FamilyModel
from tests.support.torch_files import save

PAD_OF_OPEN_CLIP = "!"
"""OpenCLIP pads with id 0, which is this token, where OpenAI's CLIP repeats the end of the text."""


def _write_bin(path: Path, tensors: Mapping[str, Lazy]) -> Path:
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    values = {name: torch.from_numpy(tensor.cast("float32").array().copy()) for name, tensor in tensors.items()}
    return save({name: value.to(getattr(torch, tensors[name].dtype)) for name, value in values.items()}, path)


FORMS: Mapping[str, tuple[Callable[[Path, Mapping[str, Lazy]], Path], str]] = {
    "safetensors": (write_safetensors, ".safetensors"),
    "sparse": (write_sparse, ".safetensors"),
    "bin": (_write_bin, ".bin"),
}
"""Form of the weights to who writes them and their file's ending; `sparse` has zeros that take no room."""


def write_diffusers(model: FamilyModel, folder: Path, *, form: str = "safetensors") -> Path:
    """Write the folder as `save_pretrained` lays it out.

    Args:
        model: what to write.
        folder: where; it is made.
        form: a key of `FORMS`.
    """
    for part, config in model.configs.items():
        _write_weights(model, part, folder / part, form)
        _write_json(folder / part / "config.json", dict(config))
    for part, config in model.schedulers.items():
        (folder / part).mkdir(parents=True)
        _write_json(folder / part / "scheduler_config.json", dict(config))
    for part, pad in tokenizers(model).items():
        (folder / part).mkdir(parents=True)
        for name, data in _padded_with(pad).items():
            (folder / part / name).write_bytes(data)
    _write_json(folder / "model_index.json", model_index(model))
    return folder


def tokenizers(model: FamilyModel) -> dict[str, str | None]:
    """Folder of a tokenizer to its padding token, where that is not the end token."""
    encoders = {part: config for part, config in model.configs.items() if part.startswith("text_encoder")}
    return {
        part.replace("text_encoder", "tokenizer"): PAD_OF_OPEN_CLIP if config["hidden_act"] == "gelu" else None
        for part, config in encoders.items()
    }


def model_index(model: FamilyModel) -> dict[str, Any]:
    """What `model_index.json` says."""
    parts: dict[str, Any] = {part: ["diffusers", config["_class_name"]] for part, config in model.schedulers.items()}
    for part in model.configs:
        library = "transformers" if part.startswith("text_encoder") else "diffusers"
        parts[part] = [library, model.class_name(part)]
    parts |= {part: ["transformers", "CLIPTokenizer"] for part in tokenizers(model)}
    return {
        "_class_name": model.pipeline,
        "_diffusers_version": "0.39.0",
        **model.index,
        **{part: [None, None] for part in _absent(model)},
        **dict(sorted(parts.items())),
    }


def _absent(model: FamilyModel) -> list[str]:
    """Parts of the pipeline class that the repository has no folder for."""
    if model.architecture == "sdxl-refiner":
        return ["text_encoder", "tokenizer"]
    return [] if model.architecture.startswith("sdxl") else ["feature_extractor", "safety_checker"]


def _write_weights(model: FamilyModel, part: str, folder: Path, form: str) -> None:
    write, ending = FORMS[form]
    stem = "diffusion_pytorch_model"
    if part.startswith("text_encoder"):
        stem = "pytorch_model" if form == "bin" else "model"
    write(folder / f"{stem}{ending}", model.tensors(part))


def _padded_with(pad: str | None) -> dict[str, bytes]:
    files = dict(tokenizer_files())
    if pad is None:
        return files
    for name in ("special_tokens_map.json", "tokenizer_config.json"):
        files[name] = json.dumps({**json.loads(files[name]), "pad_token": pad}, indent=2).encode()
    return files


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=2))
