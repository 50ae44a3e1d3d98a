"""A diffusers folder: which files it has, and what they are made of. Pure."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from converter.canonical import JsonObject, readable_json
from converter.models import CLASSES, Model, Part, Pipeline
from converter.models.folder_weights import NAMES
from converter.release import torch_model_index
from converter.streaming import Weights
from converter.torch_layouts.safetensors_writer import SafetensorsTensor

_DTYPES = ("dtype", "torch_dtype")
"""What transformers calls the type of the numbers in a config, now and before version 5."""


def folder_tensors(parts: Mapping[Part, Weights], *, alone: bool) -> dict[PurePosixPath, list[SafetensorsTensor]]:
    """Path of each weight file to its tensors, under diffusers' and transformers 4's names, in their order.

    Args:
        parts: the weights of each part.
        alone: there is one part, which is at the top of the folder.
    """
    return {
        PurePosixPath("" if alone else part, NAMES[part][0]): [
            SafetensorsTensor(name, shape, weights, (name,)) for name, shape in sorted(weights.shapes.items())
        ]
        for part, weights in parts.items()
    }


def small_files(model: Model) -> dict[PurePosixPath, bytes]:
    """Path to content of everything that is no weight: configs, schedulers, tokenizers and the index.

    A model without a pipeline is a part of others (a ControlNet), whose config is at the top of the folder.
    """
    if model.pipeline is None:
        (config,) = model.configs.values()
        return {PurePosixPath("config.json"): readable_json(config)}
    return {
        PurePosixPath("model_index.json"): readable_json(_index(model, model.pipeline)),
        **{PurePosixPath(part, "config.json"): readable_json(_in_float32(c)) for part, c in model.configs.items()},
        **{PurePosixPath(name, "scheduler_config.json"): readable_json(c) for name, c in model.schedulers.items()},
        **{PurePosixPath(f, name): data for f, files in model.tokenizers.items() for name, data in files.items()},
    }


def _in_float32(config: JsonObject) -> JsonObject:
    """A config that says float16 would have the weights of the folder read as float16."""
    return {**config, **{name: "float32" for name in _DTYPES if name in config}}


def _index(model: Model, pipeline: Pipeline) -> JsonObject:
    parts: dict[str, tuple[str, str]] = {part: (_library(part), CLASSES[part]) for part in model.configs}
    schedulers = {name: ("diffusers", str(config["_class_name"])) for name, config in model.schedulers.items()}
    tokenizers = dict.fromkeys(model.tokenizers, ("transformers", "CLIPTokenizer"))
    return torch_model_index(pipeline.class_name, pipeline.flags, {**parts, **schedulers, **tokenizers})


def _library(part: Part) -> str:
    return "transformers" if part.startswith("text_encoder") else "diffusers"
