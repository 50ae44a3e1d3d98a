"""The key maps that ship: where each parameter of a known architecture is in a file of the original layout.

diffusers names the parameters, from the keys and shapes that such a file has. Those come from the table that writes
original checkpoints, so that the two check each other: a key that diffusers does not find is a missing parameter.
"""

from collections.abc import Callable, Iterator, Mapping

from converter.box import Boxed
from converter.canonical import JsonObject
from converter.graphs import ShapeStore
from converter.installed import version_of
from converter.known import Known, known_architectures
from converter.models import Part, part_of
from converter.models.key_map import (
    Parameters,
    controlnet_parameters,
    map_key,
    parameters_to_json,
    unet_parameters,
    vae_parameters,
)
from converter.torch_layouts import original_tensors

Shapes = Mapping[str, tuple[int, ...]]

_PREFIXES: Mapping[Part, tuple[str, ...]] = {
    "unet": ("model.diffusion_model.",),
    # Alone in their files, these two come without a prefix as well.
    "vae": ("first_stage_model.", ""),
    "controlnet": ("control_model.", ""),
}


def boxed_key_maps(shapes: ShapeStore) -> Iterator[Boxed]:
    """The key map of every part of the known architectures that diffusers names, each once.

    Args:
        shapes: gives the parameters of the parts; of what ships, those of its template.
    """
    seen: set[str] = set()
    for known in known_architectures():
        for part in (part for part in _PREFIXES if part in known.configs):
            for prefix in _PREFIXES[part]:
                boxed = _boxed(known, part, prefix, shapes)
                if boxed.key not in seen:
                    seen.add(boxed.key)
                    yield boxed


def _boxed(known: Known, part: Part, prefix: str, shapes: ShapeStore) -> Boxed:
    (tensors,) = original_tensors(known.family, {part: _shapes(known, part, shapes)}).values()
    own = {f"{prefix}{tensor.key.removeprefix(_PREFIXES[part][0])}": tensor.shape for tensor in tensors}
    config = known.configs[part]
    parameters = _namer(part, prefix)(own, config)
    name = f"{known.name.removesuffix(f'-{part}')}-{part}{'' if prefix else '-alone'}"
    said: JsonObject = {
        "part": part,
        "prefix": prefix,
        "parameters": len(parameters),
        "diffusers": version_of("diffusers"),
    }
    return Boxed(map_key(part, own, config), name, parameters_to_json(parameters), said)


def _shapes(known: Known, part: Part, shapes: ShapeStore) -> Shapes:
    found: dict[str, tuple[int, ...]] = {}
    for kind in (kind for kind in known.graphs if part_of(kind) == part):
        found.update(shapes.get(known.component(kind)))
    return found


def _namer(part: Part, prefix: str) -> "Callable[..., Parameters]":
    if part == "controlnet":
        return lambda shapes, config: controlnet_parameters(shapes, config, prefix)
    return unet_parameters if part == "unet" else vae_parameters
