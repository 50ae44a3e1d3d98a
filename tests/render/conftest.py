"""Tiny releases of several architectures, and the same weights in diffusers' own pipelines."""

from collections.abc import Callable
from pathlib import Path

import pytest

from converter.convert import convert_entry
from converter.render import RenderModel, open_model
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.fixtures_family import FamilyFiles
from tests.support.registries import diffusion_entry

Opened = Callable[[str], RenderModel]


@pytest.fixture(scope="session")
def pico_model(pico_release: Path) -> RenderModel:
    return open_model(pico_release)


@pytest.fixture(scope="session")
def opened(family_files: FamilyFiles, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Opened:
    """The release of an architecture of the family, made once."""
    made: dict[str, RenderModel] = {}

    def model(architecture: str) -> RenderModel:
        if architecture not in made:
            root = tmp_path_factory.mktemp("rendered")
            workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
            entry = diffusion_entry(name="tiny", source=str(family_files.model(architecture, "diffusers")))
            made[architecture] = open_model(convert_entry(entry, 1, workshop, parity=False).folder)
        return made[architecture]

    return model
