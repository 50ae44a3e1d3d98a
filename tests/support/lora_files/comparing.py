"""How far a blended model is from what it must be."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from converter.blend.lora import Hints, LoraFile, Part, apply_changes, changes_for, read_lora
from tests.support.lora_files.made import Case, Made
from tests.support.lora_files.tiny_models import TinyModel

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Compared:
    """One file, blended."""

    parameters: int
    """How many the file changes."""
    error: float
    """The largest of max |ours - theirs| / max |theirs| over the parameters."""
    effect: float
    """The least of max |theirs - base| / max |theirs|."""


@dataclass(frozen=True)
class Strength:
    """The same for every part."""

    unet: float
    text_encoder: float


def blended(
    file: LoraFile, model: TinyModel, *, strength: float = 1.0, hints: Hints | None = None
) -> dict[tuple[Part, str], Array]:
    """Every parameter that the file changes, by part and name."""
    plan = read_lora(file, model.targets, weight=Strength(strength, strength), hints=hints)
    return {
        (part, name): apply_changes(model.base[part][name], changes_for([plan], part, name))
        for part, changes in plan.changes.items()
        for name in changes
    }


def compare(case: Case, made: Made, model: TinyModel, folder: Path) -> Compared:
    """Write what the case has made for the model, blend it, and compare every parameter.

    Raises:
        AssertionError: another set of parameters is changed than expected.
    """
    ours = blended(made.write(folder), model, hints=case.hints)
    assert ours.keys() == made.expected.keys()
    errors, effects = [], []
    for (part, name), theirs in made.expected.items():
        assert ours[part, name].dtype == np.float32
        largest = float(np.abs(theirs).max())
        errors.append(float(np.abs(ours[part, name].astype(np.float64) - theirs).max()) / largest)
        effects.append(float(np.abs(theirs - model.base[part][name]).max()) / largest)
    return Compared(len(errors), max(errors), min(effects))
