"""The modules that a LoRA may change are those that diffusers and transformers build, for every architecture."""

from collections.abc import Mapping
from typing import Any

import pytest

from converter.release.contract.lora_targets import lora_targets
from tests.support.family import ARCHITECTURES, tiny
from tests.support.family.torch_shapes import build

UNETS = sorted(ARCHITECTURES)


def layers_of(class_name: str, config: Mapping[str, Any]) -> set[str]:
    """Linear layers and convolutions of a torch class."""
    import torch

    with torch.device("meta"):
        module = build(class_name, config)
    return {name for name, part in module.named_modules() if isinstance(part, torch.nn.Linear | torch.nn.Conv2d)}


@pytest.mark.parametrize("architecture", UNETS)
def test_each_layer_of_the_unet_is_a_target(architecture: str) -> None:
    config = tiny(architecture).configs["unet"]
    found = list(lora_targets("unet", config))
    assert len(found) == len(set(found))
    assert set(found) == layers_of("UNet2DConditionModel", config)


@pytest.mark.parametrize("part", ["text_encoder", "text_encoder_2"])
def test_each_layer_of_a_text_encoder_is_a_target(part: str) -> None:
    config = tiny("sdxl").configs[part]
    found = set(lora_targets(part, config))
    built = layers_of(config["architectures"][0], config) - {"text_projection"}
    assert found == {f"text_model.{name.removeprefix('text_model.')}" for name in built}
