"""Do the shapes of LoHa's and LoKr's tensors fit a weight? Pure."""

from math import prod

from converter.blend.lora.roles import Role
from converter.blend.lora.shape_checks import MisfitError, Shapes, core, first_axis, same
from converter.blend.lora.targets import Shape


def loha_rank(weight: Shape, shapes: Shapes) -> int:
    """The rank of both products.

    Raises:
        MisfitError: a shape does not fit.
    """
    rank = first_axis(Role.HADA_W1_B, shapes)
    tucker = Role.HADA_T1 in shapes
    a = [rank, weight[0]] if tucker else [weight[0], rank]
    b = [rank, weight[1] if tucker else prod(weight[1:])]
    for role in (Role.HADA_W1_A, Role.HADA_W2_A):
        same(role, shapes, tuple(a))
    for role in (Role.HADA_W1_B, Role.HADA_W2_B):
        same(role, shapes, tuple(b))
    if tucker:
        core(Role.HADA_T1, shapes, rank, weight)
        core(Role.HADA_T2, shapes, rank, weight)
    return rank


def lokr_rank(weight: Shape, shapes: Shapes) -> int | None:
    """The rank of whichever half is a product; `None` if both are whole.

    Raises:
        MisfitError: a shape does not fit, or the ranks of the halves differ.
    """
    (a, b), rank = _lokr_w1(shapes)
    if not a or not b or weight[0] % a or weight[1] % b:
        role = Role.LOKR_W1 if Role.LOKR_W1 in shapes else Role.LOKR_W1_A
        raise MisfitError(role, f"a divisor of {weight[0]} times one of {weight[1]}, found {a} times {b}")
    return _lokr_w2((weight[0] // a, weight[1] // b, *weight[2:]), shapes, rank)


def _lokr_w1(shapes: Shapes) -> tuple[Shape, int | None]:
    if Role.LOKR_W1 in shapes:
        if len(shapes[Role.LOKR_W1]) != 2:
            raise MisfitError(Role.LOKR_W1, "a matrix")
        return shapes[Role.LOKR_W1], None
    rank = first_axis(Role.LOKR_W1_B, shapes)
    for role in (Role.LOKR_W1_A, Role.LOKR_W1_B):
        if len(shapes[role]) != 2:
            raise MisfitError(role, "a matrix")
    a, b = shapes[Role.LOKR_W1_A], shapes[Role.LOKR_W1_B]
    same(Role.LOKR_W1_A, shapes, (a[0], rank))
    return (a[0], b[1]), rank


def _lokr_w2(weight: Shape, shapes: Shapes, rank: int | None) -> int | None:
    if Role.LOKR_W2 in shapes:
        same(Role.LOKR_W2, shapes, weight)
        return rank
    found = first_axis(Role.LOKR_W2_B, shapes)
    if rank not in (None, found):
        raise MisfitError(Role.LOKR_W2_B, f"the rank of lokr_w1_b, which is {rank}")
    if Role.LOKR_T2 in shapes:
        core(Role.LOKR_T2, shapes, found, weight)
        same(Role.LOKR_W2_A, shapes, (found, weight[0]))
        same(Role.LOKR_W2_B, shapes, (found, weight[1]))
    else:
        same(Role.LOKR_W2_A, shapes, (weight[0], found))
        if shapes[Role.LOKR_W2_B] != (found, *weight[1:]):  # with the kernel's axes in LyCORIS' functional form
            same(Role.LOKR_W2_B, shapes, (found, prod(weight[1:])))
    return found
