"""A component's weights with LoRAs in them, blended when they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from converter.blend.lora.apply import apply_changes
from converter.blend.lora.plan import LoraPlan, changes_for
from converter.blend.lora.targets import Part

if TYPE_CHECKING:
    import numpy as np


class PlainWeights(Protocol):
    """The weights of a component before anything is blended into them."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]: ...

    def read(self, name: str) -> np.ndarray[Any, Any]:
        """A tensor, in the dtype of its file."""
        ...

    def done(self, name: str) -> None:
        """The tensor will not be read again."""
        ...


@dataclass(frozen=True, eq=False)
class ChangedWeights:
    """The weights of one part of a model; a tensor that no LoRA changes is the file's own, not a copy.

    Maths is in float32 and each tensor is cast once, when it is written; memory holds the tensor that was read last.
    """

    plain: PlainWeights
    part: Part
    plans: Sequence[LoraPlan]
    """In the order in which they are blended."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Parameter name to shape; no LoRA changes one."""
        return self.plain.shapes

    def read(self, name: str) -> np.ndarray[Any, Any]:
        """The tensor, float32 where something was blended into it.

        Raises:
            BlendError: a tensor of a LoRA holds NaN or an infinity.
        """
        import numpy as np

        tensor = self.plain.read(name)
        changes = changes_for(self.plans, self.part, name)
        return apply_changes(np.asarray(tensor, np.float32), changes) if changes else tensor

    def done(self, name: str) -> None:
        """The tensor will not be read again: its pages may go."""
        self.plain.done(name)
