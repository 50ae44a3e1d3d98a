"""Which tensors make a set, and which algorithm a set belongs to. Pure."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from converter.blend.lora.roles import Role


class Algorithm(StrEnum):
    """How the tensors of a layer become a change, by the name that people use."""

    LORA = "LoRA"
    LOHA = "LoHa"
    LOKR = "LoKr"
    IA3 = "(IA)^3"
    FULL = "full difference"
    NORM = "norm difference"
    GLORA = "GLoRA"
    OFT = "OFT"
    """BOFT, too: `oft_blocks` of four axes instead of three."""


_WHOLE_OR_PRODUCT = tuple(
    (w1 | w2)
    for w1 in ({Role.LOKR_W1}, {Role.LOKR_W1_A, Role.LOKR_W1_B})
    for w2 in (
        {Role.LOKR_W2},
        {Role.LOKR_W2_A, Role.LOKR_W2_B},
        {Role.LOKR_W2_A, Role.LOKR_W2_B, Role.LOKR_T2},
    )
)
_LOHA = {Role.HADA_W1_A, Role.HADA_W1_B, Role.HADA_W2_A, Role.HADA_W2_B}
_GLORA = {Role.GLORA_A1, Role.GLORA_A2, Role.GLORA_B1, Role.GLORA_B2}

_SETS: Mapping[Algorithm, tuple[set[Role], ...]] = {
    Algorithm.LORA: ({Role.UP, Role.DOWN}, {Role.UP, Role.DOWN, Role.MID}),
    Algorithm.LOHA: (_LOHA, _LOHA | {Role.HADA_T1, Role.HADA_T2}),
    Algorithm.LOKR: _WHOLE_OR_PRODUCT,
    Algorithm.IA3: ({Role.IA3_WEIGHT, Role.ON_INPUT},),
    Algorithm.FULL: ({Role.DIFF}, set()),
    Algorithm.NORM: ({Role.NORM_WEIGHT, Role.NORM_BIAS},),
    Algorithm.GLORA: (_GLORA, _GLORA | {Role.GLORA_BM}),
    Algorithm.OFT: ({Role.OFT_BLOCKS},),
}
"""The tensors that a layer needs, in each form of the algorithm."""

_SCALED = frozenset({Role.ALPHA, Role.SCALAR, Role.DIFF_B})
OPTIONAL: Mapping[Algorithm, frozenset[Role]] = {
    Algorithm.LORA: _SCALED | {Role.DORA_SCALE, Role.MAGNITUDE},
    Algorithm.LOHA: _SCALED | {Role.DORA_SCALE},
    Algorithm.LOKR: _SCALED | {Role.DORA_SCALE},
    Algorithm.IA3: frozenset(),
    Algorithm.FULL: frozenset({Role.DIFF_B}),
    Algorithm.NORM: frozenset(),
    Algorithm.GLORA: _SCALED,
    Algorithm.OFT: frozenset({Role.ALPHA, Role.RESCALE}),
}
"""The tensors that a layer may have besides; if one layer of a file has it, all of its kind must."""

_ALGORITHM_OF: Mapping[Role, Algorithm] = {
    role: algorithm for algorithm, sets in _SETS.items() for form in sets for role in form
}


@cache  # the layers of a file have few sets of tensors, again and again
def algorithms_of(roles: frozenset[Role]) -> tuple[Algorithm, ...]:
    """The algorithms that a layer's tensors belong to: one, unless something is wrong."""
    found = tuple(dict.fromkeys(_ALGORITHM_OF[role] for role in Role if role in roles and role in _ALGORITHM_OF))
    return found or ((Algorithm.FULL,) if Role.DIFF_B in roles else ())


@cache
def missing_and_extra(algorithm: Algorithm, roles: frozenset[Role]) -> tuple[tuple[Role, ...], tuple[Role, ...]]:
    """What the tensors of a layer lack for the nearest form of the algorithm, and what has no place in it."""
    needed = roles - OPTIONAL[algorithm]
    nearest = min(_SETS[algorithm], key=lambda form: len(form ^ needed))
    missing, extra = nearest - needed, needed - nearest
    return tuple(role for role in Role if role in missing), tuple(role for role in Role if role in extra)
