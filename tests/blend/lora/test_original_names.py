"""The original names of a UNet's layers, held against diffusers' own conversion of checkpoints."""

from typing import Any

import pytest

from converter.blend.lora import Targets
from converter.blend.lora.original_names import original_names
from tests.support.lora_files.tiny_models import ARCHITECTURES, shared_model


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_diffusers_turns_each_original_name_back_into_the_layer_that_it_came_from(architecture: str) -> None:
    from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint

    model = shared_model(architecture)
    layers = model.targets.layers["unet"]
    originals = original_names(layers)
    checkpoint = {
        f"model.diffusion_model.{original}.{end}": _Tensor(f"{name}.{end}")
        for name, original in originals.items()
        for end in ("weight", "bias")
        if f"{name}.{end}" in model.base["unet"]
    }

    converted = convert_ldm_unet_checkpoint(checkpoint, config=model.modules["unet"].config)

    assert {name: tensor.name for name, tensor in converted.items()} == {name: name for name in model.base["unet"]}


SDXL = {
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "block_out_channels": (320, 640, 1280),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}


@pytest.mark.parametrize(
    ("config", "examples"),
    [
        (
            {"cross_attention_dim": 768},  # the rest of diffusers' defaults are Stable Diffusion 1.5's
            {
                "input_blocks.11.0.out_layers.3": "down_blocks.3.resnets.1.conv2",
                "output_blocks.2.1.conv": "up_blocks.0.upsamplers.0.conv",
                "output_blocks.5.2.conv": "up_blocks.1.upsamplers.0.conv",
                "output_blocks.11.1.proj_out": "up_blocks.3.attentions.2.proj_out",
            },
        ),
        (
            SDXL,
            {
                "input_blocks.4.1.proj_in": "down_blocks.1.attentions.0.proj_in",
                "input_blocks.6.0.op": "down_blocks.1.downsamplers.0.conv",
                "middle_block.1.transformer_blocks.9.ff.net.2": "mid_block.attentions.0.transformer_blocks.9.ff.net.2",
                "output_blocks.2.2.conv": "up_blocks.0.upsamplers.0.conv",
                "label_emb.0.2": "add_embedding.linear_2",
            },
        ),
    ],
    ids=["Stable Diffusion 1.5", "Stable Diffusion XL"],
)
def test_the_layers_of_the_real_unets_have_the_names_that_trainers_use(
    config: dict[str, Any], examples: dict[str, str]
) -> None:
    import torch
    from diffusers import UNet2DConditionModel

    with torch.device("meta"):
        unet = UNet2DConditionModel(**config)
    shapes = {name: tuple(parameter.shape) for name, parameter in unet.named_parameters()}
    targets = Targets("a model", {"unet": shapes})

    originals = original_names(targets.layers["unet"])

    assert len(set(originals.values())) == len(originals) == len(targets.layers["unet"])
    assert {originals[name]: name for name in originals if originals[name] in examples} == examples
    assert set(targets.flat["unet"].values()) == set(targets.layers["unet"].values())


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_layer_of_a_unet_has_one_and_no_layer_of_a_text_encoder(architecture: str) -> None:
    targets = shared_model(architecture).targets

    assert set(original_names(targets.layers["unet"])) == set(targets.layers["unet"])
    assert original_names(targets.layers["text_encoder"]) == {}


class _Tensor:
    """Stands for a tensor that is renamed."""

    def __init__(self, name: str) -> None:
        self.name = name
