"""From the keys of an original checkpoint to diffusers' parameter names, with diffusers' own conversion functions.

The functions are run on placeholders, not on tensors, so what comes out is a table. It depends on names, shapes,
configs and the version of diffusers alone, so it is kept beside the templates: a second model of the same
architecture needs neither diffusers nor torch.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from converter.cache import DigestCache
from converter.canonical import JsonObject, canonical_json, digest_of
from converter.models.configs import Part
from converter.models.errors import ModelError


@dataclass(frozen=True)
class Placeholder:
    """Stands for a tensor while diffusers renames it, and sees to it that renaming is all that happens."""

    key: str
    shape: tuple[int, ...]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __getitem__(self, index: tuple[Any, ...]) -> "Placeholder":
        """`weight[:, :, 0, 0]` of a 1x1 convolution that is really a linear layer; nothing else.

        Raises:
            ModelError: the axes to be dropped are longer than one.
        """
        if index != (slice(None), slice(None)) + (0,) * (self.ndim - 2) or any(axis != 1 for axis in self.shape[2:]):
            raise ModelError(
                f"{self.key} has shape {self.shape}, expected a linear layer or a 1x1 convolution: (out, in[, 1[, 1]])"
            )
        return Placeholder(self.key, self.shape[:2])


KeyMap = Mapping[Part, Mapping[str, Placeholder]]
"""Component to parameter name to the key that holds it, with the parameter's shape."""


@dataclass(frozen=True)
class KeyMaps:
    """Key maps under `folder`, made when they are needed."""

    folder: Path

    def get(self, shapes: Mapping[str, tuple[int, ...]], configs: Mapping[Part, JsonObject]) -> KeyMap:
        """The key map of a checkpoint whose keys have these shapes and whose components have these configs.

        Raises:
            ModelError: a key without which the others cannot be named is missing, or one has an impossible shape.
        """
        cache = DigestCache(self.folder, ".json")
        key = digest_of(
            {
                "shapes": {name: list(shape) for name, shape in shapes.items()},
                "configs": {part.__str__(): config for part, config in configs.items()},
                "diffusers": version("diffusers"),
            }
        )
        data = cache.load(key)
        if data is None:
            data = _to_json(make_key_map(shapes, configs))
            cache.save(key, data)
        return _from_json(data)


def make_key_map(shapes: Mapping[str, tuple[int, ...]], configs: Mapping[Part, JsonObject]) -> KeyMap:
    """The key map, by diffusers' functions.

    Raises:
        ModelError: a key without which the others cannot be named is missing, or one has an impossible shape.
    """
    from diffusers.loaders import single_file_utils as diffusers

    checkpoint = {name: Placeholder(name, tuple(shape)) for name, shape in shapes.items()}
    try:
        unet = diffusers.convert_ldm_unet_checkpoint(dict(checkpoint), config=configs["unet"])
        vae = diffusers.convert_ldm_vae_checkpoint(dict(checkpoint), config=configs["vae"])
        text = diffusers.convert_ldm_clip_checkpoint(dict(checkpoint))
    except KeyError as error:
        # diffusers takes it for granted that a weight with a bias has one, and the like.
        raise ModelError(
            f"missing parameter that ends in {error.args[0]}; expected a whole checkpoint of Stable Diffusion 1.x"
        ) from error
    flat = {name.removeprefix("text_model."): value for name, value in text.items()}
    return {
        "text_encoder": {f"text_model.{name}": value for name, value in flat.items()},
        "unet": _present(unet),
        "vae": _present(vae),
    }


def _present(mapped: Mapping[str, Placeholder | None]) -> dict[str, Placeholder]:
    """Without the names for which the checkpoint has no key: they are reported as missing when the graph is bound."""
    return {name: value for name, value in mapped.items() if value is not None}


def _to_json(key_map: KeyMap) -> bytes:
    return canonical_json(
        {
            part: {name: [value.key, list(value.shape)] for name, value in mapped.items()}
            for part, mapped in key_map.items()
        }
    )


def _from_json(data: bytes) -> KeyMap:
    raw: dict[Part, dict[str, tuple[str, list[int]]]] = json.loads(data)
    return {
        part: {name: Placeholder(key, tuple(shape)) for name, (key, shape) in mapped.items()}
        for part, mapped in raw.items()
    }
