"""A level: what a release computes in, and which operators are fused."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from converter.built import unbuilt
from converter.registry import Optimize, Precision
from tests.support.registries import diffusion_entry


@dataclass(frozen=True)
class Level:
    """Written `fp16/none`."""

    precision: Precision
    optimize: Optimize

    def __str__(self) -> str:
        return f"{self.precision}/{self.optimize}"

    @property
    def entry_name(self) -> str:
        """Of the registry entry that asks for it."""
        return f"level-{self.precision}-{self.optimize}"

    @property
    def plain(self) -> Level | None:
        """What a fused level is compared with; `None` for one that fuses nothing."""
        return None if self.optimize is Optimize.NONE else Level(self.precision, Optimize.NONE)

    def fields(self, source: str) -> dict[str, str]:
        """The registry entry."""
        return {
            "name": self.entry_name,
            "source": source,
            "precision": self.precision.value,
            "optimize": self.optimize.value,
        }

    @property
    def refusal(self) -> str | None:
        """What this version says when it is asked for this level; `None` when it builds it."""
        said = unbuilt(diffusion_entry(**self.fields("./model.safetensors")))
        return "; ".join(said) or None


def parse_levels(text: str) -> tuple[Level, ...]:
    """`fp32/none,fp16/fused`, in that order.

    Raises:
        argparse.ArgumentTypeError: one of them is no level.
    """
    return tuple(dict.fromkeys(map(_parsed, text.split(","))))


def _parsed(word: str) -> Level:
    precision, _, optimize = word.strip().partition("/")
    try:
        return Level(Precision(precision), Optimize(optimize))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"found {word!r}, expected PRECISION/OPTIMIZE of {', '.join(Precision)} and {', '.join(Optimize)}"
        ) from error


ALL = tuple(Level(precision, optimize) for optimize in (Optimize.NONE, Optimize.FUSED) for precision in Precision)
"""`fused-cuda` is left out: it cannot run where there is no such GPU."""
