"""Fixtures: one tiny model converted for the whole run, and repositories that ask for it."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from converter.convert import convert_entry
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.made_by_one import folder_of_the_run, made_by_one
from tests.support.registries import diffusion_entry, write_registry


@pytest.fixture(scope="session")
def pico_asked(pico_folder: Path) -> dict[str, object]:
    """The registry's entry for the tiny model."""
    return {"name": "pico", "source": str(pico_folder), "license": "mit"}


@pytest.fixture(scope="session")
def pico_release(pico_asked: dict[str, object], cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as a finished release folder, compared with PyTorch. Read only: copy it to change it."""
    return _released(folder_of_the_run(tmp_path_factory) / "released", cache, pico_asked)


@pytest.fixture(scope="session")
def pico_int8_release(pico_asked: dict[str, object], cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in 8 bits. Read only."""
    return _released(folder_of_the_run(tmp_path_factory) / "released-int8", cache, {**pico_asked, "precision": "int8"})


def _released(root: Path, cache: Path, asked: Mapping[str, object]) -> Path:
    entry = diffusion_entry(**asked)

    def convert(place: Path) -> None:
        convert_entry(entry, 1, Workshop(root=place, build=place / "build", cache=cache, access=HubAccess()))

    return made_by_one(root, convert) / "build" / f"{entry.name}.v1"


@pytest.fixture
def repository(pico_asked: dict[str, object], pico_release: Path, tmp_path: Path) -> Path:
    """A repository whose registry asks for the tiny model, and whose build folder has it from an earlier run."""
    root = tmp_path / "repository"
    write_registry(root, pico_asked)
    shutil.copytree(pico_release, root / "build" / "pico.v1")
    return root
