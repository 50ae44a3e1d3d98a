"""The changes that are added to a weight: low-rank, Hadamard and Kronecker products, full differences.

All matrices have one row per output channel; `in` counts input channels times height times width of a kernel.

Sources: LoRA https://arxiv.org/abs/2106.09685, LoHa (FedPara) https://arxiv.org/abs/2108.06098, LoKr and the Tucker
forms https://arxiv.org/abs/2309.14859
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from converter.blend.lora.tensors import F32, Stored

Rows: TypeAlias = Callable[[slice], F32]
"""The rows of a change that a slice names: `(rows, in)`, in an array of their own."""


@dataclass(frozen=True)
class LowRank:
    """LoRA and LoCon: `up @ down`, or `up @ (mid x down)` in Tucker's form."""

    up: Stored
    down: Stored
    mid: Stored | None = None

    def factors(self) -> tuple[F32, F32]:
        """`(out, rank)` and `(rank, in)`, whose product is the change before it is scaled."""
        up, down = self.up.matrix(), self.down.matrix()
        return up, down if self.mid is None else _through_core(self.mid.read(), down)


@dataclass(frozen=True)
class Hadamard:
    """LoHa: `(a1 @ b1) * (a2 @ b2)`; in Tucker's form each `b` goes through a core and each `a` is transposed."""

    first: tuple[Stored, Stored]
    second: tuple[Stored, Stored]
    cores: tuple[Stored, Stored] | None = None

    def rows(self) -> Rows:
        """How to get rows of the change before it is scaled."""
        a1, b1 = self._factors(self.first, None if self.cores is None else self.cores[0])
        a2, b2 = self._factors(self.second, None if self.cores is None else self.cores[1])

        def rows(which: slice) -> F32:
            product: F32 = a1[which] @ b1
            product *= a2[which] @ b2
            return product

        return rows

    @staticmethod
    def _factors(pair: tuple[Stored, Stored], core: Stored | None) -> tuple[F32, F32]:
        a, b = pair[0].matrix(), pair[1].matrix()
        return (a, b) if core is None else (a.T, _through_core(core.read(), b))


@dataclass(frozen=True)
class Kronecker:
    """LoKr: `kron(w1, w2)`, each whole or a product of two; `w2` also in Tucker's form."""

    w1: Stored | tuple[Stored, Stored]
    """`(a, b)`."""
    w2: Stored | tuple[Stored, Stored]
    """`(out / a, in / b, height, width)`."""
    core: Stored | None = None

    def rows(self) -> Rows:
        """How to get rows of the change before it is scaled."""
        w1, w2 = self._w1(), self._w2()
        height = len(w2)

        def rows(which: slice) -> F32:
            index = np.arange(which.start, which.stop)
            outer: F32 = w1[index // height][:, :, None] * w2[index % height][:, None, :]
            return outer.reshape(len(index), -1)

        return rows

    def _w1(self) -> F32:
        return self.w1.matrix() if isinstance(self.w1, Stored) else self.w1[0].matrix() @ self.w1[1].matrix()

    def _w2(self) -> F32:
        if isinstance(self.w2, Stored):
            return self.w2.matrix()
        a, b = (stored.matrix() for stored in self.w2)
        return a @ b if self.core is None else a.T @ _through_core(self.core.read(), b)


@dataclass(frozen=True)
class Difference:
    """The change itself: `diff`, `diff_b`, `w_norm`, `b_norm`."""

    difference: Stored

    def rows(self) -> Rows:
        """How to get rows of the change before it is scaled."""
        matrix = self.difference.matrix()
        return lambda which: matrix[which].copy()


Delta: TypeAlias = LowRank | Hadamard | Kronecker | Difference


def rows_of(delta: Delta) -> Rows:
    """How to get rows of any of them, before they are scaled."""
    if not isinstance(delta, LowRank):
        return delta.rows()
    up, down = delta.factors()
    return lambda which: up[which] @ down


def _through_core(core: F32, down: F32) -> F32:
    """`(rank, rank, height, width) x (rank, in) -> (rank, in * height * width)`."""
    rank = len(core)
    spread = np.einsum("mnk,ni->mik", core.reshape(rank, core.shape[1], -1), down, optimize=True)
    return np.ascontiguousarray(spread, np.float32).reshape(rank, -1)
