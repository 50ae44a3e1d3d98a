"""Parameter names and shapes of the torch classes, which are built on the meta device: no memory, no numbers."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

Shapes = dict[str, tuple[int, ...]]


def shapes_of(class_name: str, config: Mapping[str, Any]) -> Shapes:
    """Parameter name to shape of a class of diffusers or transformers; yours to change.

    transformers 5 dropped `text_model.` from the names of `CLIPTextModel`. The files on the Hub, and every client of
    them, have it, so it is put back.
    """
    return dict(_shapes(class_name, json.dumps(dict(config))))


@cache
def _shapes(class_name: str, config: str) -> Shapes:
    import torch

    with torch.device("meta"):
        module = build(class_name, json.loads(config))
    shapes = {name: tuple(parameter.shape) for name, parameter in module.named_parameters()}
    if class_name == "CLIPTextModel":
        return {f"text_model.{name.removeprefix('text_model.')}": shape for name, shape in shapes.items()}
    return shapes


def build(class_name: str, config: Mapping[str, Any]) -> Any:
    """An instance of a torch class from its config, on torch's current device."""
    if class_name.startswith("CLIP"):
        import transformers

        return getattr(transformers, class_name)(transformers.CLIPTextConfig(**config))
    import diffusers

    return getattr(diffusers, class_name).from_config(dict(config))
