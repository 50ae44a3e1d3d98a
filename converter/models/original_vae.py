"""The config of a VAE in the original layout, read off the shapes of its tensors."""

from converter.canonical import JsonObject
from converter.models.configs import shipped
from converter.models.original_part import OriginalPart

PREFIX = "first_stage_model."


def vae_config(part: OriginalPart, family: str) -> JsonObject:
    """The VAE's config: channels, blocks and latent channels; what scales its latents is the family's.

    Raises:
        ModelError: a tensor that tells one of them is missing, or has another number of axes.
    """
    depth = part.counted("encoder.down.{}.block.0.conv1.weight")
    return {
        **shipped(family, "vae"),
        "block_out_channels": [part.shape(f"encoder.down.{n}.block.0.conv1.weight", 4)[0] for n in range(depth)],
        "layers_per_block": part.counted("encoder.down.0.block.{}.conv1.weight"),
        "down_block_types": ["DownEncoderBlock2D"] * depth,
        "up_block_types": ["UpDecoderBlock2D"] * depth,
        "in_channels": part.shape("encoder.conv_in.weight", 4)[1],
        "out_channels": part.shape("decoder.conv_out.weight", 4)[0],
        "latent_channels": part.shape("decoder.conv_in.weight", 4)[1],
    }
