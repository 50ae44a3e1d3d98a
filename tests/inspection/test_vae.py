"""A VAE that comes alone, as a file, a folder or a repository, told by its content; of real size, without numbers."""

import json
from pathlib import Path

import pytest

from converter.inspection import VaeInspection, inspect_source
from converter.models import ModelError
from converter.registry import HubSource, LocalSource
from converter.workshop import Workshop
from tests.support.family import full, tiny, write_sparse, write_vae_original
from tests.support.family.vaes import vae_original_tensors
from tests.support.loopback_hub import LoopbackHub

SD1, SD2, SDXL = "Stable Diffusion 1.x", "Stable Diffusion 2.x", "Stable Diffusion XL"


def folder_of(architecture: str, folder: Path) -> Path:
    model = full(architecture)
    write_sparse(folder / "diffusion_pytorch_model.safetensors", model.tensors("vae"))
    (folder / "config.json").write_text(json.dumps(dict(model.configs["vae"])))
    return folder


@pytest.mark.parametrize("prefix", ["", "first_stage_model."])
def test_a_file_in_the_original_layout_does_not_say_its_scale(prefix: str, tmp_path: Path, place: Workshop) -> None:
    tensors = vae_original_tensors(full("sd1"), prefix)
    write_sparse(tmp_path / "v.safetensors", tensors)

    found = inspect_source(LocalSource("v.safetensors"), place)

    assert isinstance(found, VaeInspection)
    assert (found.layout, found.scaling_factor, found.latent_channels) == ("original", None, 4)
    assert found.made_for == (SD1, SD2, SDXL, "Stable Diffusion XL refiner")
    assert found.dtypes == {"F32": len(tensors)}
    assert found.size_bytes == (tmp_path / "v.safetensors").stat().st_size


def test_a_file_with_names_of_diffusers_is_one_too(tmp_path: Path, place: Workshop) -> None:
    write_sparse(tmp_path / "v.safetensors", full("sdxl").tensors("vae"))

    found = inspect_source(LocalSource("v.safetensors"), place)

    assert isinstance(found, VaeInspection)
    assert (found.layout, found.scaling_factor) == ("diffusers", None)


@pytest.mark.parametrize(("architecture", "titles"), [("sd1", {SD1, SD2}), ("sdxl", {SDXL, f"{SDXL} refiner"})])
def test_the_config_of_a_folder_tells_what_it_was_made_for(
    architecture: str, titles: set[str], tmp_path: Path, place: Workshop
) -> None:
    found = inspect_source(LocalSource(str(folder_of(architecture, tmp_path / "vae"))), place)

    assert isinstance(found, VaeInspection)
    assert set(found.made_for) == titles
    assert found.scaling_factor == full(architecture).configs["vae"]["scaling_factor"]


def test_a_repository_of_the_hub_is_looked_at_by_its_header(
    loopback_hub: LoopbackHub, tmp_path: Path, place: Workshop
) -> None:
    folder = folder_of("sd1", tmp_path / "vae")
    commit = loopback_hub.seed_repo("org/vae", {path.name: path for path in folder.iterdir()})

    found = inspect_source(HubSource("org/vae", None), place)

    assert isinstance(found, VaeInspection)
    assert found.source == f"huggingface://org/vae at commit {commit}"
    assert 0 < found.transferred_bytes < found.download_bytes / 5


def test_one_for_latents_of_another_size_is_refused(tmp_path: Path, place: Workshop) -> None:
    write_vae_original(tiny("sd1"), tmp_path / "v.safetensors")

    with pytest.raises(ModelError, match=r"v\.safetensors: found a VAE with 4 latent channels, blocks of .32, 64"):
        inspect_source(LocalSource("v.safetensors"), place)
