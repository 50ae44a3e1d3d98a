"""What many tests share: templates traced once a run, tiny models written once, and loopback hubs."""

from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from converter.graphs import TemplateStore
from converter.models import KeyMaps
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support import kept_templates
from tests.support.fixtures_family import family_files
from tests.support.fixtures_hub import any_loopback_hub, loopback_hub, loopback_hub_xet
from tests.support.fixtures_looks import range_server, web_workshop
from tests.support.fixtures_release import pico_asked, pico_int8_release, pico_release, repository
from tests.support.fixtures_web import certificate, secure_web
from tests.support.made_by_one import folder_of_the_run, made_by_one
from tests.support.sd1_models import pico, write_checkpoint, write_folder

__all__ = [
    "any_loopback_hub",
    "certificate",
    "family_files",
    "loopback_hub",
    "loopback_hub_xet",
    "pico_asked",
    "pico_int8_release",
    "pico_release",
    "range_server",
    "repository",
    "secure_web",
    "web_workshop",
]

# A machine that runs other things is slow now and then, which is no failure of a property.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of a warm machine: what one test traces, the next one finds, also in another worker or run."""
    folder = folder_of_the_run(tmp_path_factory) / "cache"
    folder.mkdir(exist_ok=True)
    kept_templates.linked(folder)
    return folder


@pytest.fixture(scope="session")
def template_store(cache: Path) -> TemplateStore:
    return TemplateStore(cache / "templates")


@pytest.fixture(scope="session")
def key_maps(cache: Path) -> KeyMaps:
    return KeyMaps(cache / "key-maps")


@pytest.fixture(scope="session")
def pico_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Stable Diffusion 1.x model as a diffusers folder. Read only: copy it to change it."""
    return made_by_one(folder_of_the_run(tmp_path_factory) / "pico/folder", partial(write_folder, pico()))


@pytest.fixture(scope="session")
def pico_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same model as an original checkpoint. Read only."""
    place = folder_of_the_run(tmp_path_factory) / "pico/pico.safetensors"
    return made_by_one(place, partial(write_checkpoint, pico()))


@pytest.fixture
def workshop(tmp_path: Path, cache: Path) -> Workshop:
    """A place to convert in, with warm templates if another test made them."""
    return Workshop(root=tmp_path, build=tmp_path / "build", cache=cache, access=HubAccess())
