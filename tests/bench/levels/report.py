"""All that the page says: values only."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.bench.levels.bounds import Bound
from tests.bench.levels.machine import Machine
from tests.bench.levels.results import Exported, LevelResult
from tests.bench.levels.settings import Settings
from tests.bench.levels.sizes import Sizes


@dataclass(frozen=True)
class Report:
    """One run."""

    command: str
    machine: Machine
    settings: Settings
    optimum: Exported | None
    """`None` when it was left out."""
    results: Mapping[str, LevelResult]
    """By level, in the order in which they were asked for."""
    refused: Mapping[str, str]
    """Level to what this version says of it."""
    sizes: Mapping[str, Sizes]
    """By architecture, `sd1` and `sdxl`."""
    bounds: tuple[Bound, ...]
