"""The levels of precision and optimisation that the matrix has columns for: those that the converter builds now."""

from dataclasses import dataclass

from converter.built import unbuilt
from converter.parity import LIMITS, PIPELINE_LIMITS, Limits
from converter.registry import Optimize, Precision
from converter.release.contract.levels import level_of
from tests.support.registries import diffusion_entry

_OF_A_GPU = Optimize.FUSED_CUDA
"""Has operators that no CPU runs."""


@dataclass(frozen=True)
class BuiltLevel:
    """A precision with an optimisation."""

    precision: str
    optimize: str

    @property
    def name(self) -> str:
        """As part of a release's name: `fp16-internal`, `fp32-fused`."""
        return self.precision if self.optimize == Optimize.NONE else f"{self.precision}-{self.optimize}"

    @property
    def limits(self) -> Limits:
        """How far an image may be from PyTorch's: no further than a component."""
        # In 8 bits, what each step rounds adds up.
        if self.precision == Precision.INT8:
            return Limits(None, PIPELINE_LIMITS[self.precision].image_db)
        return LIMITS[self.precision]

    @property
    def blends(self) -> bool:
        """Whether the contract promises that onnx-web finds every weight."""
        level = level_of(self.precision, self.optimize)
        return level is not None and level.blends


def built_levels() -> tuple[BuiltLevel, ...]:
    """What an entry may ask for, in the order of the vocabulary; without what only a GPU runs."""
    return tuple(
        BuiltLevel(precision, optimize)
        for precision in Precision
        for optimize in Optimize
        if optimize is not _OF_A_GPU
        and not unbuilt(diffusion_entry(name="any", source="./any", precision=precision, optimize=optimize))
    )
