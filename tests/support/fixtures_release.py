"""Fixtures: one tiny model converted for the whole session, and repositories that ask for it."""

import shutil
from pathlib import Path

import pytest

from converter.convert import convert_entry
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.registries import diffusion_entry, write_registry


@pytest.fixture(scope="session")
def pico_asked(pico_folder: Path) -> dict[str, object]:
    """The registry's entry for the tiny model."""
    return {"name": "pico", "source": str(pico_folder), "license": "mit"}


@pytest.fixture(scope="session")
def pico_release(pico_asked: dict[str, object], cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as a finished release folder, compared with PyTorch. Read only: copy it to change it."""
    root = tmp_path_factory.mktemp("released")
    workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
    return convert_entry(diffusion_entry(**pico_asked), 1, workshop).folder


@pytest.fixture(scope="session")
def pico_int8_release(pico_asked: dict[str, object], cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same in 8 bits. Read only."""
    root = tmp_path_factory.mktemp("released")
    workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
    return convert_entry(diffusion_entry(**pico_asked, precision="int8"), 1, workshop).folder


@pytest.fixture
def repository(pico_asked: dict[str, object], pico_release: Path, tmp_path: Path) -> Path:
    """A repository whose registry asks for the tiny model, and whose build folder has it from an earlier run."""
    root = tmp_path / "repository"
    write_registry(root, pico_asked)
    shutil.copytree(pico_release, root / "build" / "pico.v1")
    return root
