"""What one level was found to take: values only, and the files that they are kept in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import inf
from pathlib import Path
from statistics import median
from typing import Any

from converter.files import write_atomically
from tests.bench.levels.settings import Settings

OPTIMUM = "optimum"
"""Whose graph it is, beside those of levels."""


@dataclass(frozen=True)
class Measured:
    """One graph, loaded and run in turns with others."""

    loads_s: tuple[float, ...]
    """At `ORT_ENABLE_EXTENDED`."""
    loads_all_s: tuple[float, ...]
    """At `ORT_ENABLE_ALL`."""
    steps_s: tuple[float, ...]
    peak_bytes: int
    """The most that was resident in the process while it ran, mapped weights included."""

    @property
    def load_s(self) -> float:
        return median(self.loads_s)

    @property
    def load_all_s(self) -> float:
        return median(self.loads_all_s)

    @property
    def step_s(self) -> float:
        return median(self.steps_s)


@dataclass(frozen=True)
class Agreement:
    """How far outputs are from optimum's, on the same inputs."""

    max_abs: float
    psnr_db: float
    """Infinite when they are equal to the last bit."""


@dataclass(frozen=True)
class Converted:
    """Converted three times by the command line."""

    cold_s: float
    """The first time, which traces what was not traced before."""
    warm_s: float
    """With warm templates, without parity."""
    parity_s: float
    """With warm templates, and every component in PyTorch and in onnxruntime."""
    warm_bytes: int
    """Peak anonymous memory without parity."""
    parity_bytes: int
    """The same with parity."""
    size_bytes: Mapping[str, int]
    """Component to the bytes of its data file."""
    psnr_db: Mapping[str, float]
    """Component to its lowest ratio against PyTorch, as the manifest has it."""


@dataclass(frozen=True)
class Exported:
    """Exported once by optimum."""

    seconds: float
    anonymous_bytes: int
    size_bytes: Mapping[str, int]
    """Component to the bytes of its graph and data."""


@dataclass(frozen=True)
class Component:
    """One component of a level, beside what it is compared with."""

    measured: Mapping[str, Measured]
    """By whose it is: the level's own, optimum's, and for a fused level that of the same precision, not fused."""
    agreement: Agreement | None
    """With optimum; `None` where that was not run."""


@dataclass(frozen=True)
class LevelResult:
    """Everything about one level."""

    level: str
    measured_at: str
    """UTC, when it ended."""
    settings: Settings
    optimum: bool
    """Whether its graphs ran as well."""
    templates: Mapping[str, str]
    """Component to the key of its graph: other ones are another result."""
    converted: Converted
    components: Mapping[str, Component]

    def ratio(self, component: str, what: str, against: str) -> float | None:
        """Ours divided by theirs, of `load_s`, `load_all_s`, `step_s` or `peak_bytes`; `None` if it was not run."""
        measured = self.components[component].measured
        if against not in measured:
            return None
        return float(getattr(measured[self.level], what) / getattr(measured[against], what))

    def whole(self, what: str, whose: str) -> float | None:
        """The sum over the components of `load_s` or `load_all_s`; `None` if it was not run."""
        measured = [component.measured for component in self.components.values()]
        return sum(getattr(m[whose], what) for m in measured) if all(whose in m for m in measured) else None


def save(value: LevelResult | Exported, path: Path) -> None:
    """Write it as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, (json.dumps(plain(value), indent=1) + "\n").encode())


def plain(value: Any) -> Any:
    """A dataclass as JSON has it; infinite is null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return plain(asdict(value))
    return None if value == inf else value


def load_result(path: Path) -> LevelResult | None:
    """The inverse of `save`; `None` when it is not there, or another version of this benchmark wrote it."""
    if not path.exists():
        return None
    raw = json.loads(path.read_bytes())
    try:
        components = {name: _component(item) for name, item in raw["components"].items()}
        converted = Converted(**{**raw["converted"], "psnr_db": _ratios(raw["converted"]["psnr_db"])})
        settings = Settings(**raw["settings"])
        return LevelResult(**{**raw, "settings": settings, "converted": converted, "components": components})
    except (KeyError, TypeError):
        return None


def load_exported(path: Path) -> Exported | None:
    """The same for what optimum took."""
    return Exported(**json.loads(path.read_bytes())) if path.exists() else None


def _component(raw: dict[str, Any]) -> Component:
    said = raw["agreement"]
    measured = {whose: Measured(**{k: _tuple(v) for k, v in item.items()}) for whose, item in raw["measured"].items()}
    return Component(measured, Agreement(**_ratios(said)) if said else None)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _ratios(raw: dict[str, float | None]) -> dict[str, float]:
    return {name: inf if value is None else value for name, value in raw.items()}
