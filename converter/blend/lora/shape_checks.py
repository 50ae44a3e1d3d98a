"""What a single tensor of a LoRA must look like beside its layer's weight. Pure."""

from collections.abc import Mapping
from typing import NoReturn, TypeAlias

from converter.blend.lora.roles import Role
from converter.blend.lora.targets import Shape

Shapes: TypeAlias = Mapping[Role, Shape]


class MisfitError(Exception):
    """A tensor does not fit its layer; the message says what was expected of its role. Never leaves this room."""

    def __init__(self, role: Role, expected: str) -> None:
        super().__init__(expected)
        self.role = role


def same(role: Role, shapes: Shapes, expected: Shape) -> None:
    """Exactly this shape."""
    if shapes[role] != expected:
        raise MisfitError(role, f"{list(expected)}")


def ones(axes: Shape) -> Shape:
    """As many ones as there are axes."""
    return (1,) * len(axes)


def pointwise(role: Role, shapes: Shapes, rows: int, columns: int) -> None:
    """`(rows, columns)`, also as a 1x1 convolution: sd-scripts keeps the axes that the model has lost or gained."""
    shape = shapes[role]
    if shape[:2] != (rows, columns) or shape[2:] not in ((), (1, 1)):
        raise MisfitError(role, f"[{rows}, {columns}] or [{rows}, {columns}, 1, 1]")


def spatial(role: Role, shapes: Shapes, rows: int, weight: Shape) -> None:
    """`(rows, in, height, width)` as the layer's kernel is."""
    if set(weight[2:]) <= {1}:
        pointwise(role, shapes, rows, weight[1])
    elif shapes[role] != (rows, *weight[1:]):
        raise MisfitError(role, f"{[rows, *weight[1:]]}")


def core(role: Role, shapes: Shapes, rank: int, weight: Shape) -> None:
    """`(rank, rank, height, width)`, the core of a Tucker decomposition."""
    if shapes[role] != (rank, rank, *weight[2:]):
        raise MisfitError(role, f"{[rank, rank, *weight[2:]]}")


def first_axis(role: Role, shapes: Shapes) -> int:
    """The rank, which is the first axis."""
    shape = shapes[role]
    return shape[0] if shape and shape[0] else _no_rank(role)


def _no_rank(role: Role) -> NoReturn:
    raise MisfitError(role, "a rank of at least 1 as its first axis")
