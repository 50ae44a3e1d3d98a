"""Do the shapes of a set of tensors fit its layer? Decided by shapes alone. Pure."""

from collections.abc import Callable, Mapping

from converter.blend.lora.algorithms import Algorithm
from converter.blend.lora.fits_products import loha_rank, lokr_rank
from converter.blend.lora.roles import Role
from converter.blend.lora.shape_checks import MisfitError, Shapes, core, first_axis, ones, pointwise, same, spatial
from converter.blend.lora.targets import Layer, Shape


def rank_of(algorithm: Algorithm, layer: Layer, shapes: Shapes) -> int | None:
    """The rank of a set of tensors that is complete; `None` where the algorithm has none.

    Raises:
        MisfitError: a shape does not fit the layer, or the ranks of two tensors differ.
    """
    for role in (Role.ALPHA, Role.SCALAR, Role.ON_INPUT):
        if role in shapes and shapes[role] not in ((), (1,)):
            raise MisfitError(role, "one number")
    _bias(layer, shapes)
    if algorithm is Algorithm.FULL and Role.DIFF not in shapes:
        return None
    if layer.weight is None:
        raise MisfitError(next(iter(shapes)), "a layer with a weight")
    if algorithm in (Algorithm.FULL, Algorithm.NORM):
        same(Role.DIFF if algorithm is Algorithm.FULL else Role.NORM_WEIGHT, shapes, layer.weight)
        return None
    if len(layer.weight) < 2:
        raise MisfitError(
            next(iter(shapes)), f"a layer with a weight of two or more axes, {layer.name} has {layer.weight}"
        )
    rank = _FITS[algorithm](layer.weight, shapes)
    _per_channel(layer.weight, shapes)
    return rank


def _bias(layer: Layer, shapes: Shapes) -> None:
    for role in (Role.DIFF_B, Role.NORM_BIAS):
        if role in shapes and shapes[role] != layer.bias:
            raise MisfitError(role, "a layer with a bias" if layer.bias is None else f"{list(layer.bias)}")


def _per_channel(weight: Shape, shapes: Shapes) -> None:
    out, channels = weight[:2]
    allowed = {
        Role.DORA_SCALE: ((out, *ones(weight[1:])), (1, channels, *ones(weight[2:]))),
        Role.MAGNITUDE: ((out,), (1, out, *ones(weight[2:]))),
        Role.RESCALE: ((out, *ones(weight[1:])),),
    }
    for role, possible in allowed.items():
        if role in shapes and shapes[role] not in possible:
            raise MisfitError(role, " or ".join(str(list(shape)) for shape in possible))


def _lora(weight: Shape, shapes: Shapes) -> int:
    rank = first_axis(Role.DOWN, shapes)
    if Role.MID in shapes:
        pointwise(Role.DOWN, shapes, rank, weight[1])
        core(Role.MID, shapes, rank, weight)
    else:
        spatial(Role.DOWN, shapes, rank, weight)
    pointwise(Role.UP, shapes, weight[0], rank)
    return rank


def _ia3(weight: Shape, shapes: Shapes) -> None:
    shape = shapes[Role.IA3_WEIGHT]
    possible = [(n,) if len(weight) == 2 else (1, n, *ones(weight[2:])) for n in weight[:2]]
    if shape not in possible:
        raise MisfitError(Role.IA3_WEIGHT, " or ".join(str(list(known)) for known in possible))


def is_old_glora(weight: Shape, shapes: Shapes) -> bool:
    """Whether GLoRA's matrices stand as early LyCORIS wrote them: `b2 @ b1`, `W @ a2 @ a1`; linear layers only.

    Source: https://github.com/comfyanonymous/ComfyUI/blob/17adbb5cacc2d08310dad408e043a5d18e3ec013/comfy/weight_adapter/glora.py
            (GPL-3.0; the fact alone). Where both readings fit, the new one is taken, as LyCORIS does.
    """
    rank = shapes[Role.GLORA_B1][0]
    new = shapes[Role.GLORA_B1][:2] == (weight[0], shapes[Role.GLORA_A2][0])
    return not new and shapes[Role.GLORA_B2][:2] == (weight[0], rank)


def _glora(weight: Shape, shapes: Shapes) -> int:
    for role in (Role.GLORA_A1, Role.GLORA_A2, Role.GLORA_B1, Role.GLORA_B2):
        first_axis(role, shapes)
    channels = weight[1]
    if Role.GLORA_BM not in shapes and set(weight[2:]) <= {1} and is_old_glora(weight, shapes):
        rank = shapes[Role.GLORA_B1][0]
        pointwise(Role.GLORA_B1, shapes, rank, channels)
        pointwise(Role.GLORA_A1, shapes, rank, channels)
        pointwise(Role.GLORA_A2, shapes, channels, rank)
        return rank
    rank = shapes[Role.GLORA_A2][0]
    pointwise(Role.GLORA_A1, shapes, channels, rank)
    pointwise(Role.GLORA_A2, shapes, rank, channels)
    pointwise(Role.GLORA_B1, shapes, weight[0], rank)
    if Role.GLORA_BM in shapes:
        pointwise(Role.GLORA_B2, shapes, rank, channels)
        core(Role.GLORA_BM, shapes, rank, weight)
    else:
        spatial(Role.GLORA_B2, shapes, rank, weight)
    return rank


def _oft(weight: Shape, shapes: Shapes) -> None:
    shape = shapes[Role.OFT_BLOCKS]
    out = weight[0]
    square = len(shape) in (3, 4) and shape[-1] == shape[-2] and shape[-3] * shape[-1] == out
    if not square:
        raise MisfitError(
            Role.OFT_BLOCKS, f"[blocks, size, size] or [stages, blocks, size, size], blocks x size = {out}"
        )
    if len(shape) == 4 and (shape[0] < 1 or shape[-1] % 2 or shape[1] % 2 ** (shape[0] - 1)):
        raise MisfitError(
            Role.OFT_BLOCKS, f"an even size, and blocks that {2 ** (shape[0] - 1)} divides for its stages"
        )


_FITS: Mapping[Algorithm, Callable[[Shape, Shapes], int | None]] = {
    Algorithm.LORA: _lora,
    Algorithm.LOHA: loha_rank,
    Algorithm.LOKR: lokr_rank,
    Algorithm.IA3: _ia3,
    Algorithm.GLORA: _glora,
    Algorithm.OFT: _oft,
}
