"""Tiny models of the family on their way to torch layouts: what goes in, and what comes out as arrays."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from converter.export import Exported, export_entry
from converter.registry import DiffusionEntry
from converter.target import Target
from converter.workshop import Workshop
from tests.support.family import FamilyModel, tiny, write_diffusers
from tests.support.family_loras import blended_values, write_kohya_lora
from tests.support.registries import diffusion_entry

Array = np.ndarray[Any, Any]
WEIGHT = 0.5


@dataclass(frozen=True)
class Order:
    """An entry for a tiny model with a LoRA, and where it is worked on."""

    model: FamilyModel
    workshop: Workshop
    entry: DiffusionEntry

    def export(self, target: Target) -> Exported:
        """Make it, or find it made."""
        return export_entry(self.entry, 1, self.workshop, target)

    @cached_property
    def checkpoint(self) -> Path:
        return self.export(Target.CHECKPOINT).path

    @cached_property
    def folder(self) -> Path:
        return self.export(Target.DIFFUSERS).path

    @cached_property
    def plain(self) -> Path:
        """The checkpoint without the LoRA."""
        return exported(elsewhere(self.workshop, "plain"), self.workshop.root / "source", Target.CHECKPOINT)

    @cached_property
    def expected(self) -> Mapping[str, Mapping[str, Array]]:
        """What every parameter must be, in float64."""
        return blended_values({part: self.model.values(part) for part in self.model.configs}, WEIGHT)


def order(architecture: str, root: Path, cache: Path) -> Order:
    """An order whose files are below `root`."""
    model = tiny(architecture, seed=5)
    values = {part: model.values(part) for part in model.configs}
    source = write_diffusers(model, root / "source")
    lora = write_kohya_lora(values, root / "lora.safetensors", two_encoders=architecture.startswith("sdxl"))
    loras = [{"name": "style", "source": str(lora), "weight": WEIGHT}]
    return Order(model, place(root, cache), diffusion_entry(name="pico", source=str(source), loras=loras))


def place(root: Path, cache: Path) -> Workshop:
    """A workshop below `root`."""
    from converter.sources import HubAccess

    return Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())


def exported(workshop: Workshop, source: Path, target: Target, **fields: object) -> Path:
    """Export an entry without anything blended in."""
    entry = diffusion_entry(**{"name": "pico", "source": str(source), **fields})
    return export_entry(entry, 1, workshop, target).path


def elsewhere(workshop: Workshop, name: str) -> Workshop:
    """The same workshop with another build folder."""
    return replace(workshop, build=workshop.build.with_name(name))


def tensors_of(path: Path) -> dict[str, Array]:
    """Every tensor of a safetensors file, read by the safetensors library."""
    from safetensors.numpy import load_file

    return dict(load_file(path))


def parameters_of(module: Any) -> dict[str, Array]:
    """The state dict of a torch module, under the names of transformers 4."""
    state = {name: value.numpy() for name, value in module.state_dict().items()}
    bare = type(module).__name__ == "CLIPTextModel" and not any(name.startswith("text_model.") for name in state)
    return {f"text_model.{name}" if bare else name: value for name, value in state.items()}
