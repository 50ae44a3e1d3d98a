"""From the keys of an original checkpoint to diffusers' parameter names, with diffusers' own conversion functions.

The functions are run on placeholders, not on tensors, so what comes out is a table. It depends on names, shapes,
configs and the version of diffusers alone, so it is kept beside the templates: a second model of the same
architecture needs neither diffusers nor torch.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

from converter.cache import DigestCache
from converter.canonical import JsonObject, canonical_json, digest_of
from converter.models.configs import Part
from converter.models.errors import ModelError
from converter.models.original_unet import COND_PROJ
from converter.models.placeholder import Placeholder
from converter.models.signatures import Shapes

KEY_MAP_FORMAT = 2
"""Raised when this program maps the same keys in another way, or writes the table otherwise."""

Parameters: TypeAlias = Mapping[str, Placeholder]
"""Parameter name to the key that holds it, with the parameter's shape."""
KeyMap: TypeAlias = Mapping[Part, Parameters]

UNET = "model.diffusion_model."

# Not in diffusers' table. Source of the names: the guidance embedding of
# https://github.com/huggingface/diffusers/blob/v0.35.2/src/diffusers/models/embeddings.py (`TimestepEmbedding`), under
# the original name of the module that it belongs to.
_COND_PROJ = "time_embedding.cond_proj.weight"
# ControlNets of Stable Diffusion XL: diffusers maps these of a UNet and forgets them here.
_ADDED = {
    f"add_embedding.linear_{layer}.{leaf}": f"label_emb.0.{place}.{leaf}"
    for layer, place in ((1, 0), (2, 2))
    for leaf in ("weight", "bias")
}


@dataclass(frozen=True)
class KeyMaps:
    """Key maps under `folder`, made when they are needed."""

    folder: Path

    def get(self, shapes: Shapes, configs: Mapping[Part, JsonObject], make: Callable[[], KeyMap]) -> KeyMap:
        """The key map of a checkpoint whose keys have these shapes and whose components have these configs.

        Raises:
            ModelError: from `make`.
        """
        cache = DigestCache(self.folder, ".json")
        key = digest_of(
            {
                "format": KEY_MAP_FORMAT,
                "shapes": {name: list(shape) for name, shape in shapes.items()},
                "configs": {part.__str__(): config for part, config in configs.items()},
                "diffusers": version("diffusers"),
            }
        )
        data = cache.load(key)
        if data is None:
            data = _to_json(make())
            cache.save(key, data)
        return _from_json(data)


def unet_parameters(shapes: Shapes, config: JsonObject) -> Parameters:
    """Where the parameters of a UNet are.

    Raises:
        ModelError: a key without which the others cannot be named is missing.
    """
    from diffusers.loaders import single_file_utils as diffusers

    found = _renamed(lambda: diffusers.convert_ldm_unet_checkpoint(_placeholders(shapes), config=config))
    guidance = UNET + COND_PROJ
    extra = {_COND_PROJ: Placeholder(guidance, tuple(shapes[guidance]))} if guidance in shapes else {}
    return {**found, **extra}


def vae_parameters(shapes: Shapes, config: JsonObject) -> Parameters:
    """Where the parameters of a VAE are.

    Raises:
        ModelError: a key without which the others cannot be named is missing, or one has an impossible shape.
    """
    from diffusers.loaders import single_file_utils as diffusers

    return _renamed(lambda: diffusers.convert_ldm_vae_checkpoint(_placeholders(shapes), config=config))


def controlnet_parameters(shapes: Shapes, config: JsonObject, prefix: str) -> Parameters:
    """Where the parameters of a ControlNet are, whose keys begin with `prefix`.

    Raises:
        ModelError: a key without which the others cannot be named is missing.
    """
    from diffusers.loaders import single_file_utils as diffusers

    inner = {name: Placeholder(name, tuple(shape)) for name, shape in shapes.items()}
    plain = {name.removeprefix(prefix): value for name, value in inner.items() if name.startswith(prefix)}
    found = _renamed(lambda: diffusers.convert_controlnet_checkpoint(dict(plain), config=config))
    return {**found, **{target: plain[source] for target, source in _ADDED.items() if source in plain}}


def _placeholders(shapes: Shapes) -> dict[str, Placeholder]:
    return {name: Placeholder(name, tuple(shape)) for name, shape in shapes.items()}


def _renamed(rename: Callable[[], Mapping[str, Placeholder | None]]) -> dict[str, Placeholder]:
    """Without the names for which the checkpoint has no key: they are reported as missing when the graph is bound."""
    try:
        return {name: value for name, value in rename().items() if value is not None}
    except KeyError as error:
        # diffusers takes it for granted that a weight with a bias has one, and the like.
        raise ModelError(
            f"missing parameter that ends in {error.args[0]}; expected a whole checkpoint of Stable Diffusion"
        ) from error


def _to_json(key_map: KeyMap) -> bytes:
    return canonical_json(
        {
            part: {
                name: [value.key, list(value.shape), list(value.rows) if value.rows else None, value.transposed]
                for name, value in mapped.items()
            }
            for part, mapped in key_map.items()
        }
    )


def _from_json(data: bytes) -> KeyMap:
    raw: dict[Part, dict[str, tuple[str, list[int], list[int] | None, bool]]] = json.loads(data)
    return {
        part: {
            name: Placeholder(key, tuple(shape), (rows[0], rows[1]) if rows else None, transposed)
            for name, (key, shape, rows, transposed) in mapped.items()
        }
        for part, mapped in raw.items()
    }
