"""Latents: the noise that they begin as, their scale, a mask among them. Pure."""

import numpy as np

from converter.canonical import JsonObject
from converter.render.job import Array

_LATENT_CHANNELS = 4


def noise_of(seed: int, width: int, height: int, scale: int) -> Array:
    """Standard normal noise for an image, from numpy's generator.

    Args:
        seed: at least 0.
        width: of the image, in pixels.
        height: of the image, in pixels.
        scale: pixels in a row for each latent.

    Returns:
        float32, (1, 4, height / scale, width / scale).
    """
    shape = (1, _LATENT_CHANNELS, height // scale, width // scale)
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def scaled_for_unet(latents: Array, vae: JsonObject) -> Array:
    """What the VAE's encoder gives, in the scale of the UNet; `scaled_for_vae(scaled_for_unet(x)) == x`."""
    shift, spread = _moments(vae)
    return (latents - shift) * np.float32(_factor(vae)) / spread


def scaled_for_vae(latents: Array, vae: JsonObject) -> Array:
    """What the UNet gives, in the scale of the VAE's decoder."""
    shift, spread = _moments(vae)
    return latents * spread / np.float32(_factor(vae)) + shift


def _factor(vae: JsonObject) -> float:
    """Where a config has none, it is that of Stable Diffusion 1.x, which is the default of diffusers' class."""
    return float(str(vae.get("scaling_factor") or 0.18215))


def _moments(vae: JsonObject) -> tuple[Array, Array]:
    """Means and deviations of the channels, (1, 4, 1, 1): some models of the XL family have them."""
    mean, deviation = vae.get("latents_mean"), vae.get("latents_std")
    if mean is None or deviation is None:
        return np.zeros((), np.float32), np.ones((), np.float32)
    shaped = [np.asarray(values, np.float32).reshape(1, -1, 1, 1) for values in (mean, deviation)]
    return shaped[0], shaped[1]


def mask_of_latents(mask: Array, scale: int) -> Array:
    """A mask of pixels for their latents: that of the first pixel of each, as nearest-neighbour scaling takes it.

    Args:
        mask: (1, 1, height, width).
        scale: pixels in a row for each latent.

    Returns:
        (1, 1, height / scale, width / scale).
    """
    return np.ascontiguousarray(mask[:, :, ::scale, ::scale])


def without_masked(image: Array, mask: Array) -> Array:
    """An image that is grey (zero) where it will be made anew."""
    return np.where(mask < 0.5, image, np.float32(0))


def guidance_embedding(guidance: float, width: int) -> Array:
    """The guidance as distilled UNets are told it: sines and cosines, float32, (1, width).

    https://github.com/google-research/vdm/blob/dc27b98a554f65cdc654b800da5aa1846545d41b/model_vdm.py#L298 (Apache-2.0)
    """
    half = width // 2
    frequencies = np.exp(np.arange(half, dtype=np.float32) * np.float32(-np.log(10000.0) / (half - 1)))
    angles = np.float32((guidance - 1) * 1000) * frequencies
    embedded = np.concatenate([np.sin(angles), np.cos(angles), np.zeros(width % 2, np.float32)])
    row: Array = embedded[None].astype(np.float32)
    return row
