"""A ControlNet that comes alone, as a file, a folder or a repository, told by its content."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from converter.inspection import ControlNetInspection, inspect_source
from converter.registry import HubSource, LocalSource
from converter.workshop import Workshop
from tests.support.family import ControlNet, tiny_controlnet, write_controlnet_diffusers, write_controlnet_original
from tests.support.loopback_hub import LoopbackHub

FORMS: dict[str, Callable[[ControlNet, Path], Path]] = {
    "folder": lambda model, path: write_controlnet_diffusers(model, path / "c"),
    "control_model.": lambda model, path: write_controlnet_original(model, path / "c.safetensors"),
    "no prefix": lambda model, path: write_controlnet_original(model, path / "c.safetensors", ""),
}


@pytest.mark.parametrize(
    ("form", "architecture"),
    # A file in the original layout has no config, and a tiny one for XL is none that could be told from its shapes.
    [(form, name) for form in FORMS for name in ("sd1", "sd2", "sdxl") if form == "folder" or name != "sdxl"],
)
def test_each_form_is_told_by_its_content(form: str, architecture: str, tmp_path: Path, place: Workshop) -> None:
    model = tiny_controlnet(architecture)
    (tmp_path / "c").mkdir()

    # Other tests trace the same graphs into the shared cache; what a look says without a template needs an empty one.
    cold = replace(place, cache=tmp_path / "cold")
    found = inspect_source(LocalSource(str(FORMS[form](model, tmp_path))), cold)

    assert isinstance(found, ControlNetInspection)
    assert (found.architecture, found.hint_channels) == (f"{architecture}-controlnet", 3)
    assert found.dtypes == {"controlnet": {"F32": len(model.shapes())}}
    assert found.needs.release_bytes == 4 * found.parameters
    assert (found.faults, found.unchecked) == ((), ("controlnet",))


def test_a_repository_of_the_hub_is_looked_at_by_its_header(
    loopback_hub: LoopbackHub, tmp_path: Path, place: Workshop
) -> None:
    (tmp_path / "c").mkdir()
    folder = write_controlnet_diffusers(tiny_controlnet("sd1"), tmp_path / "c")
    loopback_hub.seed_repo("org/control", {path.name: path for path in folder.iterdir()})

    found = inspect_source(HubSource("org/control", None), place)

    assert isinstance(found, ControlNetInspection)
    assert 0 < found.transferred_bytes < found.download_bytes / 5
