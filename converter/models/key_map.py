"""From the keys of an original checkpoint to diffusers' parameter names, with diffusers' own conversion functions.

The functions are run on placeholders, not on tensors, so what comes out is a table. It depends on names, shapes, the
config and the version of diffusers alone, so it is kept beside the templates: a second model of the same architecture
needs neither diffusers nor torch. The tables of the known architectures ship with the package.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TypeAlias

from converter.box import Box
from converter.cache import DigestCache
from converter.canonical import JsonObject, JsonValue, canonical_json, digest_of
from converter.installed import require_tracing, version_of
from converter.models.configs import Part
from converter.models.errors import ModelError
from converter.models.original_unet import COND_PROJ
from converter.models.placeholder import Placeholder
from converter.models.signatures import Shapes

KEY_MAP_FORMAT = 3
"""Raised when this program maps the same keys in another way, or writes the table otherwise."""

Parameters: TypeAlias = Mapping[str, Placeholder]
"""Parameter name to the key that holds it, with the parameter's shape."""

BOXED_MAPS = Box(files("converter.models").joinpath("data", "key-maps"))
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
    """Key maps: those in the box, and under `folder` others, made when they are needed."""

    folder: Path

    def get(self, part: Part, shapes: Shapes, config: JsonObject, make: Callable[[], Parameters]) -> Parameters:
        """The key map of a part whose keys have these shapes, and whose canonical config this is.

        Raises:
            ModelError: from `make`.
            NotInstalledError: it must be made, and diffusers is not installed.
            BoxError: what ships with the package is damaged.
        """
        boxed = BOXED_MAPS.get(map_key(part, shapes, config))
        if boxed is not None:
            return parameters_from_json(boxed)
        cache = DigestCache(self.folder, ".json")
        key = digest_of({**_determining(part, shapes, config), "diffusers": version_of("diffusers")})
        data = cache.load(key)
        if data is None:
            require_tracing(
                f"{part}: naming the parameters of a checkpoint whose architecture does not ship with the package"
            )
            data = parameters_to_json(make())
            cache.save(key, data)
        return parameters_from_json(data)


def map_key(part: Part, shapes: Shapes, config: JsonObject) -> str:
    """What the key maps in the box are found by."""
    return digest_of(_determining(part, shapes, config))


def _determining(part: Part, shapes: Shapes, config: JsonObject) -> JsonObject:
    listed: dict[str, JsonValue] = {name: list(shape) for name, shape in shapes.items()}
    return {"format": KEY_MAP_FORMAT, "part": part, "shapes": listed, "config": config}


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


def parameters_to_json(parameters: Parameters) -> bytes:
    """The form in which a key map is kept."""
    return canonical_json(
        {
            name: [value.key, list(value.shape), list(value.rows) if value.rows else None, value.transposed]
            for name, value in parameters.items()
        }
    )


def parameters_from_json(data: bytes) -> Parameters:
    """The inverse of `parameters_to_json`."""
    raw: dict[str, tuple[str, list[int], list[int] | None, bool]] = json.loads(data)
    return {
        name: Placeholder(key, tuple(shape), (rows[0], rows[1]) if rows else None, transposed)
        for name, (key, shape, rows, transposed) in raw.items()
    }
