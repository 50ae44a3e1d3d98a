"""Fixtures: tiny models of each architecture, and ControlNets, in both layouts, each written once a session."""

from dataclasses import dataclass, field, replace
from functools import cache
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
    written: dict[str, Path] = field(default_factory=dict)

    def model(self, architecture: str, layout: str) -> Path:
        """`tiny(architecture)`."""
        key = f"{architecture}-{layout}"
        if key not in self.written:
            model = tiny(architecture)
            self.written[key] = (
                write_diffusers(model, self.root / key)
                if layout == "diffusers"
                else write_original(model, self.root / f"{key}.safetensors")
            )
        return self.written[key]

    def controlnet(self, family: str, layout: str) -> Path:
        """`controlnet_of(family)`."""
        key = f"{family}-controlnet-{layout}"
        if key not in self.written:
            model = controlnet_of(family)
            (self.root / key).mkdir()
            self.written[key] = (
                write_controlnet_diffusers(model, self.root / key)
                if layout == "diffusers"
                else write_controlnet_original(model, self.root / key / "controlnet.safetensors")
            )
        return self.written[key]


@pytest.fixture(scope="session")
def family_files(tmp_path_factory: pytest.TempPathFactory) -> FamilyFiles:
    """Tiny models of the family."""
    return FamilyFiles(tmp_path_factory.mktemp("family"))
