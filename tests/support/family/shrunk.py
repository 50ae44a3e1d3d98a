"""Configs made small: fewer blocks, layers and channels, and every other field as published.

The vocabulary stays whole, since a real tokenizer goes with it, and 64 channels a head stay 64. The two encoders of
SDXL differ in width, as the real ones do: diffusers tells them apart by it.
"""

from collections.abc import Mapping

from tests.support.family.model import Config

_HEAD = 64

UNET_SD1: Config = {
    "block_out_channels": [32, 64],
    "down_block_types": ["CrossAttnDownBlock2D", "DownBlock2D"],
    "layers_per_block": 1,
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D"],
}
UNET_SD2: Config = {**UNET_SD1, "attention_head_dim": [1, 2], "block_out_channels": [64, 128]}
UNET_X4_UPSCALER: Config = {
    "block_out_channels": [32, 64, 64],
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
    "layers_per_block": 1,
    "only_cross_attention": [True, True, False],
    "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
}
UNET_SDXL: Config = {
    "addition_time_embed_dim": 32,
    "attention_head_dim": [1, 1, 2],
    "block_out_channels": [64, 64, 128],
    "layers_per_block": 1,
    "transformer_layers_per_block": [1, 2, 3],
}
UNET_SDXL_REFINER: Config = {
    **UNET_SDXL,
    "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
    "transformer_layers_per_block": 2,
    "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"],
}


def text_encoder(config: Config) -> Config:
    """Two layers of one head, or of two for the encoder with a projection."""
    heads = 2 if config["architectures"] == ["CLIPTextModelWithProjection"] else 1
    return {
        **config,
        "hidden_size": heads * _HEAD,
        "intermediate_size": 2 * heads * _HEAD,
        "num_attention_heads": heads,
        "num_hidden_layers": 2,
        "projection_dim": heads * _HEAD,
    }


def unet(config: Config, text: Mapping[str, Config]) -> Config:
    """The config with the widths that follow from those of the text encoders."""
    width = sum(int(encoder["hidden_size"]) for encoder in text.values())
    if config.get("addition_embed_type") != "text_time":
        return {**config, "cross_attention_dim": width}
    # Original size, crop and target size, two numbers each; the refiner has an aesthetic score instead of the target.
    numbers = 6 if len(text) == 2 else 5
    pooled = int(text["text_encoder_2"]["projection_dim"])
    embedded = numbers * int(config["addition_time_embed_dim"])
    return {**config, "cross_attention_dim": width, "projection_class_embeddings_input_dim": pooled + embedded}


def vae(config: Config) -> Config:
    """One layer a block; two blocks where the real one has four, and all three of the upscaler."""
    blocks = {4: 2, 3: 3}[len(config["block_out_channels"])]
    return {
        **config,
        "block_out_channels": [32, 64, 64][:blocks],
        "down_block_types": ["DownEncoderBlock2D"] * blocks,
        "layers_per_block": 1,
        "up_block_types": ["UpDecoderBlock2D"] * blocks,
    }
