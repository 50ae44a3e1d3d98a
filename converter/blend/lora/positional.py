"""cloneofsimo's files: `unet:0:up`, or a list without names. A tensor's place says which layer it is for. Pure.

The order is that in which the trainer walked through the model: blocks down, up, middle; the attentions of a block
before its resnets; in CLIP k, v, q, out.

Source: https://github.com/cloneofsimo/lora/blob/d84074b3e3496f1cfa8a3f49b8b9972ef463b483/lora_diffusion/lora.py
        (`_find_modules_v2`, `save_lora_weight`, `save_safeloras_with_embeds`), Apache-2.0
"""

import json
from collections.abc import Sequence
from typing import TypeAlias

from converter.blend.errors import BlendError
from converter.blend.lora.positional_pairs import NAMED, NUMBERED, Pair, list_pairs, named_pairs
from converter.blend.lora.roles import Role
from converter.blend.lora.targets import Layer, Part, Targets
from converter.blend.lora.tensors import LoraHeader
from converter.blend.lora.walks import CLASSES, Order, walks
from converter.listing import first_ten

_EMBEDDING = "<embed>"

Found: TypeAlias = dict[Layer, dict[Role, str]]
_Walks: TypeAlias = Sequence[tuple[Order | None, tuple[Layer, ...]]]


def is_positional(header: LoraHeader) -> bool:
    """Whether the tensors have numbers instead of names."""
    names = header.tensors.names
    return any(NAMED.fullmatch(name) for name in names) or (bool(names) and all(map(NUMBERED.fullmatch, names)))


def positional(header: LoraHeader, targets: Targets, order: Order | None) -> tuple[Found, tuple[str, ...]]:
    """The layers of each tensor, and the keys of Textual Inversions that lie beside them.

    Args:
        header: The file.
        targets: What the model has.
        order: Which of the two orders of UNet layers, if both fit.

    Raises:
        BlendError: numbers are missing, the layers that the metadata names are unknown, or no order fits, or both do.
    """
    embeddings = tuple(name for name in header.tensors.names if header.metadata.get(name) == _EMBEDDING)
    keys = [name for name in header.tensors.names if name not in embeddings]
    if all(map(NUMBERED.fullmatch, keys)):
        return _place_list(header, targets, order, list_pairs(header, keys)), embeddings
    found: Found = {}
    for part, pairs in named_pairs(header, keys).items():
        walked = walks(targets, part, _classes(header, part))
        found |= _assign(pairs, _only_fit(header, pairs, walked, order), f"{header.name}: {part}")
    return found, embeddings


def _classes(header: LoraHeader, part: Part) -> frozenset[str] | None:
    """The classes of layers that were trained, as the metadata names them; `None` if it does not."""
    raw = header.metadata.get(part)
    if raw is None:
        return None
    try:
        names = json.loads(raw)
    except ValueError as error:
        raise _bad_classes(header, part, raw) from error
    if not isinstance(names, list) or not all(isinstance(name, str) and name in CLASSES for name in names):
        raise _bad_classes(header, part, raw)
    return frozenset(names)


def _bad_classes(header: LoraHeader, part: Part, raw: str) -> BlendError:
    return BlendError(
        f"{header.name}: the metadata says that {raw[:120]!r} of the {part} was trained, expected a JSON list of "
        f"{', '.join(sorted(CLASSES))}; what a number means is not known for others: use another file of this LoRA"
    )


def _place_list(header: LoraHeader, targets: Targets, order: Order | None, pairs: list[Pair]) -> Found:
    """A list says not even which part of the model it is for: the one that it fits."""
    walked = [walk for part in targets.shapes for walk in walks(targets, part, None)]
    return _assign(pairs, _only_fit(header, pairs, walked, order), header.name)


def _only_fit(
    header: LoraHeader,
    pairs: list[Pair],
    walked: _Walks,
    order: Order | None,
) -> tuple[Layer, ...]:
    fitting = {layers: known for known, layers in walked if _fits(header, pairs, layers)}
    if len(fitting) > 1 and order is not None:
        fitting = {layers: known for layers, known in fitting.items() if known in (None, order)}
    if len(fitting) == 1:
        return next(iter(fitting))
    if fitting:
        raise BlendError(
            f"{header.name}: its {len(pairs)} pairs fit the model in {len(fitting)} orders of layers, expected one; "
            f"say which: {' or '.join(str(known) for known in Order)}"
        )
    raise _no_fit(header, pairs, [layers for _, layers in walked if layers])


def _no_fit(header: LoraHeader, pairs: list[Pair], walked: Sequence[tuple[Layer, ...]]) -> BlendError:
    parts = " or the ".join(sorted({layer.part for layers in walked for layer in layers})) or "missing part"
    same = [layers for layers in walked if len(layers) == len(pairs)]
    if not same:
        expected = " or ".join(sorted({str(len(layers)) for layers in walked}, key=int)) or "no"
        return BlendError(
            f"{header.name}: found {len(pairs)} pairs of up and down, which do not fit the {parts} of this model, "
            f"expected {expected}; a tensor is missing, or it was made for another model: use another file of this LoRA"
        )
    nearest = min((_misfits(header, pairs, layers) for layers in same), key=len)
    return BlendError(
        f"{header.name}: {len(nearest)} of {len(pairs)} pairs of up and down do not fit the {parts} of this model: "
        f"{first_ten(nearest)}; it is damaged, or it was made for another model: use another file of this LoRA"
    )


def _misfits(header: LoraHeader, pairs: list[Pair], layers: tuple[Layer, ...]) -> list[str]:
    return [
        f"{pair.up} and {pair.down} are {_shapes(header, pair)}, expected a product of {list(layer.weight or ())} for "
        f"{layer.name}"
        for pair, layer in zip(pairs, layers, strict=True)
        if not _is_pair_for(header, pair, layer)
    ]


def _shapes(header: LoraHeader, pair: Pair) -> str:
    return " and ".join(str(list(header.tensors.info(key).shape)) for key in (pair.up, pair.down))


def _fits(header: LoraHeader, pairs: list[Pair], layers: tuple[Layer, ...]) -> bool:
    return len(pairs) == len(layers) and not _misfits(header, pairs, layers)


def _is_pair_for(header: LoraHeader, pair: Pair, layer: Layer) -> bool:
    up, down, weight = header.tensors.info(pair.up).shape, header.tensors.info(pair.down).shape, layer.weight or ()
    same_axes = len(up) == len(down) == len(weight)
    return same_axes and up[0] == weight[0] and down[1:] == weight[1:] and up[1:] == (down[0], *(1 for _ in up[2:]))


def _assign(pairs: list[Pair], layers: tuple[Layer, ...], where: str) -> Found:
    if len(set(layers)) != len(layers):
        raise BlendError(f"{where}: a layer is meant twice, expected each once; use another file of this LoRA")
    return {layer: {Role.UP: pair.up, Role.DOWN: pair.down} for pair, layer in zip(pairs, layers, strict=True)}
