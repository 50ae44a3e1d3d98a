"""Files that PEFT and diffusers write, with the weights that their fuse computes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from converter.blend.lora import Part
from tests.support.lora_files.made import Made
from tests.support.lora_files.tiny_models import TinyModel, generator, tiny_model

Array = np.ndarray[Any, Any]
Rename = Callable[[dict[str, Any]], dict[str, Any]]

UNET_TARGETS = [
    "to_q",
    "to_k",
    "to_v",
    "to_out.0",
    "proj_in",
    "proj_out",
    "ff.net.0.proj",
    "ff.net.2",
    "conv1",
    "conv2",
]
TEXT_TARGETS = ["q_proj", "k_proj", "v_proj", "out_proj", "fc1", "fc2"]


def peft(model: TinyModel, *, dora: bool = False) -> Made:
    """`pipeline.save_lora_weights`: PEFT's keys, with the part before; alpha is the rank."""
    tuned = tiny_model(model.key)
    tensors = {}
    for part in _add_adapters(tuned, r=4, lora_alpha=4, use_dora=dora):
        tensors |= {f"{part}.{key}": value for key, value in _state_dict(tuned, part).items()}
    return Made(_arrays(tensors), _fused(tuned))


def with_metadata(model: TinyModel) -> Made:
    """The same with alphas and rank-stabilised scaling, which diffusers writes into the metadata."""
    tuned = tiny_model(model.key)
    tensors, settings = {}, {}
    for part in _add_adapters(tuned, r=4, lora_alpha=3, alpha_pattern={"to_q": 7, "q_proj": 5}, use_rslora=True):
        tensors |= {f"{part}.{key}": value for key, value in _state_dict(tuned, part).items()}
        config = tuned.modules[part].peft_config["default"].to_dict()
        plain = {key: sorted(value) if isinstance(value, set) else value for key, value in config.items()}
        settings |= {f"{part}.{key}": value for key, value in plain.items()}
    return Made(_arrays(tensors), _fused(tuned), {"lora_adapter_metadata": json.dumps(settings, sort_keys=True)})


def peft_alone(model: TinyModel) -> Made:
    """PEFT's own `adapter_model.safetensors` of the UNet: `base_model.model.` before each key."""
    tuned = tiny_model(model.key)
    from peft import LoraConfig, get_peft_model, get_peft_model_state_dict

    config = LoraConfig(r=4, lora_alpha=4, target_modules=UNET_TARGETS, init_lora_weights=False)
    wrapped: Any = get_peft_model(tuned.modules["unet"], config)
    _fill(wrapped, "alone")
    tensors = get_peft_model_state_dict(wrapped)
    return Made(_arrays(tensors), {("unet", name): value for name, value in _merged(tuned, "unet")})


def diffusers_names(model: TinyModel) -> Made:
    """diffusers' own names before PEFT: `lora.down`, and in text encoders `lora_linear_layer.down`."""
    from diffusers.utils import convert_state_dict_to_diffusers

    tuned = tiny_model(model.key)
    tensors = {}
    for part in _add_adapters(tuned, r=4, lora_alpha=4):
        tensors |= {f"{part}.{key}": v for key, v in convert_state_dict_to_diffusers(_state_dict(tuned, part)).items()}
    return Made(_arrays(tensors), _fused(tuned))


def _add_adapters(model: TinyModel, **options: Any) -> list[Part]:
    import torch
    from peft import LoraConfig

    for part, module in model.modules.items():
        targets = UNET_TARGETS if part == "unet" else TEXT_TARGETS
        given = {key: value for key, value in options.items() if key != "alpha_pattern"}
        patterns = {k: v for k, v in options.get("alpha_pattern", {}).items() if k in targets}
        anyway: Any = module
        config = LoraConfig(target_modules=targets, init_lora_weights=False, alpha_pattern=patterns, **given)
        with torch.random.fork_rng():
            torch.manual_seed(0)  # DoRA's first magnitudes come from PEFT's first factors
            anyway.add_adapter(config, "default")
        _fill(module, part)
    return list(model.modules)


def _fill(module: Any, words: str) -> None:
    import torch

    for name, parameter in module.named_parameters():
        if ".lora_" in name:
            values = generator("peft", words, name).standard_normal(tuple(parameter.shape), dtype=np.float32)
            if "magnitude" in name:
                parameter.data.mul_(torch.from_numpy(np.exp(values * 0.2)))
            else:
                parameter.data.copy_(torch.from_numpy(values * 0.3))


def _state_dict(model: TinyModel, part: Part) -> dict[str, Any]:
    from peft import get_peft_model_state_dict

    state: dict[str, Any] = get_peft_model_state_dict(model.modules[part], adapter_name="default")
    return state


def _fused(model: TinyModel) -> dict[tuple[Part, str], Array]:
    return {(part, name): value for part in model.modules for name, value in _merged(model, part)}


def _merged(model: TinyModel, part: Part) -> Iterator[tuple[str, Array]]:
    """Each weight after PEFT merged its adapter into it; diffusers' `fuse_lora` calls the same `merge`."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    for name, layer in model.modules[part].named_modules():
        if isinstance(layer, BaseTunerLayer):
            layer.double()
            layer.merge()
            yield f"{model.name(part, name)}.weight", layer.get_base_layer().weight.detach().numpy().copy()


def _arrays(tensors: dict[str, Any]) -> dict[str, Array]:
    return {key: value.detach().float().numpy().copy() for key, value in tensors.items()}
