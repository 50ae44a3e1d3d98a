"""From an adapter, whose shapes fit, to the changes of its layer's parameters. Reads the few single numbers only."""

from collections.abc import Iterator
from dataclasses import dataclass

from converter.blend.lora.algorithms import Algorithm
from converter.blend.lora.apply import Added, Change
from converter.blend.lora.deltas import Delta, Difference, Hadamard, Kronecker, LowRank
from converter.blend.lora.fits import is_old_glora
from converter.blend.lora.peft_alphas import peft_scale
from converter.blend.lora.recognise import Adapter
from converter.blend.lora.rewrites import Axis, ChannelFactors, Decomposed, Generalised, Rewrite, Rotated
from converter.blend.lora.roles import Role
from converter.blend.lora.targets import Layer, Shape
from converter.blend.lora.tensors import LoraFile, Stored


@dataclass(frozen=True)
class AdapterTensors:
    """The tensors of an adapter, by role."""

    file: LoraFile
    adapter: Adapter

    def has(self, role: Role) -> bool:
        """Whether the file has it."""
        return role in self.adapter.keys

    def get(self, role: Role) -> Stored:
        """A tensor that is there."""
        return Stored(self.file, self.adapter.keys[role])

    def find(self, role: Role) -> Stored | None:
        """A tensor, if it is there."""
        return self.get(role) if self.has(role) else None

    def number(self, role: Role) -> float | None:
        """One number, if it is there.

        Raises:
            BlendError: it is NaN or an infinity.
        """
        return self.get(role).number() if self.has(role) else None


def changes_of(tensors: AdapterTensors, strength: float) -> Iterator[Change]:
    """What an adapter does to the weight and the bias of its layer.

    Raises:
        BlendError: a single number (alpha, ...) is NaN or an infinity.
    """
    layer, algorithm = tensors.adapter.layer, tensors.adapter.algorithm
    for role in (Role.DIFF, Role.NORM_WEIGHT):
        if tensors.has(role):
            yield _change(layer, "weight", Added(Difference(tensors.get(role)), 1.0), strength)
    for role in (Role.DIFF_B, Role.NORM_BIAS):
        if tensors.has(role):
            yield _change(layer, "bias", Added(Difference(tensors.get(role)), 1.0), strength)
    if algorithm not in (Algorithm.FULL, Algorithm.NORM):
        yield _change(layer, "weight", _of_weight(tensors), strength)


def _change(layer: Layer, which: str, what: Added | Rewrite, strength: float) -> Change:
    shape = layer.weight if which == "weight" else layer.bias
    return Change(layer.part, f"{layer.name}.{which}", shape or (), what, strength)


def _of_weight(tensors: AdapterTensors) -> Added | Rewrite:
    match tensors.adapter.algorithm:
        case Algorithm.IA3:
            axis: Axis = "in" if tensors.number(Role.ON_INPUT) else "out"
            return ChannelFactors(tensors.get(Role.IA3_WEIGHT), axis)
        case Algorithm.OFT:
            return _rotated(tensors)
        case Algorithm.GLORA:
            return _generalised(tensors)
        case _:
            return _decomposed(tensors, _delta(tensors), _scale(tensors))


def _scale(tensors: AdapterTensors) -> float:
    """The factor alpha / rank, times LyCORIS' scalar. Without an alpha it is the rank; an alpha of 0 means the same.

    Source: https://github.com/kohya-ss/sd-scripts/blob/48d368fa557731ad0488c07304dfeba8c07910eb/networks/lora.py
            (`LoRAModule`), Apache-2.0
    """
    adapter, scale = tensors.adapter, 1.0
    alpha, scalar = tensors.number(Role.ALPHA), tensors.number(Role.SCALAR)
    if adapter.rank is not None:  # LoKr of two whole matrices has none, and LyCORIS takes no notice of its alpha
        scale = alpha / adapter.rank if alpha else _without_alpha(tensors, adapter.rank)
    return scale if scalar is None else scale * scalar


def _without_alpha(tensors: AdapterTensors, rank: int) -> float:
    from_metadata = None if tensors.has(Role.ALPHA) else peft_scale(tensors.file, tensors.adapter.layer, rank)
    return 1.0 if from_metadata is None else from_metadata


def _delta(tensors: AdapterTensors) -> Delta:
    if tensors.adapter.algorithm is Algorithm.LORA:
        return LowRank(tensors.get(Role.UP), tensors.get(Role.DOWN), tensors.find(Role.MID))
    if tensors.adapter.algorithm is Algorithm.LOKR:
        return Kronecker(
            _whole_or_product(tensors, Role.LOKR_W1, (Role.LOKR_W1_A, Role.LOKR_W1_B)),
            _whole_or_product(tensors, Role.LOKR_W2, (Role.LOKR_W2_A, Role.LOKR_W2_B)),
            tensors.find(Role.LOKR_T2),
        )
    cores = (Role.HADA_T1, Role.HADA_T2)
    return Hadamard(
        (tensors.get(Role.HADA_W1_A), tensors.get(Role.HADA_W1_B)),
        (tensors.get(Role.HADA_W2_A), tensors.get(Role.HADA_W2_B)),
        (tensors.get(cores[0]), tensors.get(cores[1])) if tensors.has(cores[0]) else None,
    )


def _whole_or_product(
    tensors: AdapterTensors, whole: Role, product: tuple[Role, Role]
) -> Stored | tuple[Stored, Stored]:
    return tensors.get(whole) if tensors.has(whole) else (tensors.get(product[0]), tensors.get(product[1]))


def _decomposed(tensors: AdapterTensors, delta: Delta, scale: float) -> Added | Rewrite:
    weight = _weight(tensors)
    if tensors.has(Role.MAGNITUDE):
        return Decomposed(delta, scale, tensors.get(Role.MAGNITUDE), "out", weight[1])
    if tensors.has(Role.DORA_SCALE):
        magnitude = tensors.get(Role.DORA_SCALE)
        return Decomposed(delta, scale, magnitude, "out" if magnitude.shape[0] == weight[0] else "in", weight[1])
    return Added(delta, scale)


def _generalised(tensors: AdapterTensors) -> Generalised:
    a1, a2, b1, b2 = (tensors.get(role) for role in (Role.GLORA_A1, Role.GLORA_A2, Role.GLORA_B1, Role.GLORA_B2))
    shapes = {role: tensors.get(role).shape for role in tensors.adapter.keys}
    if is_old_glora(_weight(tensors), shapes):
        a1, a2, b1, b2 = a2, a1, b2, b1
    return Generalised((a1, a2), LowRank(b1, b2, tensors.find(Role.GLORA_BM)), _scale(tensors))


def _rotated(tensors: AdapterTensors) -> Rotated:
    weight = _weight(tensors)
    alpha = tensors.number(Role.ALPHA)
    generators = tensors.get(Role.OFT_BLOCKS)
    # Both trainers multiply the constraint with the outputs; LyCORIS writes 0 for none.
    constraint = alpha * weight[0] if alpha else None
    return Rotated(generators, constraint, tensors.find(Role.RESCALE), butterfly=len(generators.shape) == 4)


def _weight(tensors: AdapterTensors) -> Shape:
    return tensors.adapter.layer.weight or ()
