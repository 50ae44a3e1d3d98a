"""Fixtures: tiny models of each architecture, and ControlNets, in both layouts, each written once a run."""

from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path

import pytest

from converter.models import Said
from converter.models.signatures import Shapes
from tests.support.family import (
    ARCHITECTURES,
    ControlNet,
    original_tensors,
    tiny,
    tiny_controlnet,
    write_controlnet_diffusers,
    write_controlnet_original,
    write_diffusers,
    write_original,
)
from tests.support.made_by_one import folder_of_the_run, made_by_one

LAYOUTS = ("diffusers", "original")
BOTH = [(architecture, layout) for architecture in ARCHITECTURES for layout in LAYOUTS]
CONTROLLED = ("sd1", "sd2", "sdxl")
"""Families that have ControlNets."""

# An original file of Stable Diffusion 2 does not tell what it predicts, so its entry has to.
_SAID = {
    "sd2": Said(prediction_type="v_prediction"),
    "sd2-base": Said(prediction_type="epsilon"),
    "sd2-inpaint": Said(prediction_type="epsilon"),
}


def said_of(architecture: str) -> Said:
    """What the entry of an original file has to say."""
    return _SAID.get(architecture, Said())


def controlnet_of(family: str) -> ControlNet:
    """A tiny ControlNet. That of XL takes as many numbers about sizes as the real one, which its shapes do not tell."""
    tiny_one = tiny_controlnet(family)
    real = {"projection_class_embeddings_input_dim": 2816, "addition_time_embed_dim": 256}
    return replace(tiny_one, config={**tiny_one.config, **(real if family == "sdxl" else {})})


def name_of(architecture: str) -> str:
    """The converter's name: 2.0-base differs from its successors in what it predicts, not in its graphs."""
    return {"sd2-base": "sd2"}.get(architecture, architecture)


@cache
def _shapes(architecture: str) -> Shapes:
    return {key: tensor.shape for key, tensor in original_tensors(tiny(architecture)).items()}


def original_shapes(architecture: str) -> dict[str, tuple[int, ...]]:
    """Key to shape of the tiny model's original file; yours to change."""
    return dict(_shapes(architecture))


@dataclass(frozen=True)
class FamilyFiles:
    """Where the files are; each is written when it is first asked for. Read only: copy one to change it."""

    root: Path

    def model(self, architecture: str, layout: str) -> Path:
        """`tiny(architecture)`."""
        key, model = f"{architecture}-{layout}", tiny(architecture)
        if layout == "diffusers":
            return made_by_one(self.root / key, partial(write_diffusers, model))
        return made_by_one(self.root / f"{key}.safetensors", partial(write_original, model))

    def controlnet(self, family: str, layout: str) -> Path:
        """`controlnet_of(family)`."""
        folder, model = self.root / f"{family}-controlnet-{layout}", controlnet_of(family)
        if layout == "diffusers":
            return made_by_one(folder, partial(write_controlnet_diffusers, model))
        return made_by_one(folder / "controlnet.safetensors", partial(write_controlnet_original, model))


@pytest.fixture(scope="session")
def family_files(tmp_path_factory: pytest.TempPathFactory) -> FamilyFiles:
    """Tiny models of the family."""
    return FamilyFiles(folder_of_the_run(tmp_path_factory) / "family")
