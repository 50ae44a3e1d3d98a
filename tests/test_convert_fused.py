"""Releases with fused operators: inside the gate, every layer where a client looks for it, and said in the manifest."""

from collections.abc import Callable
from pathlib import Path

import pytest

from converter.convert import convert_entry
from converter.registry import DiffusionEntry
from converter.release import FolderView, verify
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.blends import write_inversion, write_kohya_lora
from tests.support.family import tiny, tiny_controlnet, write_controlnet_diffusers, write_diffusers
from tests.support.registries import control_entry, diffusion_entry
from tests.support.release_folders import graph_files, manifest_of

pytestmark = pytest.mark.slow

Released = Callable[[str, str, str], Path]
ARCHITECTURES = ("sd1", "sd1-inpaint", "sd2", "sdxl", "sdxl-refiner")


@pytest.fixture(scope="module")
def released(cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The release of an architecture at a precision and an optimisation, compared with PyTorch. Read only."""
    made: dict[tuple[str, str, str], Path] = {}

    def release(architecture: str, precision: str, optimize: str) -> Path:
        key = (architecture, precision, optimize)
        if key not in made:
            root = tmp_path_factory.mktemp("made")
            source = write_diffusers(tiny(architecture), root / "source")
            entry = diffusion_entry(name="tiny", source=str(source), precision=precision, optimize=optimize)
            made[key] = converted(entry, root, cache, parity=True)
        return made[key]

    return release


def converted(entry: DiffusionEntry, root: Path, cache: Path, *, parity: bool = False) -> Path:
    workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
    return convert_entry(entry, 1, workshop, parity=parity).folder


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_component_is_inside_the_gate_of_float32_and_keeps_the_contract(
    released: Released, architecture: str
) -> None:
    manifest = verify(FolderView(released(architecture, "fp32", "fused"))).manifest
    assert (manifest.measured, manifest.runtime_blending) == (True, True)
    for component in manifest.components:
        assert component.fused["MultiHeadAttention"] > 0
        assert all(parity.psnr_db is None or parity.psnr_db >= 110 for parity in component.parity)


@pytest.mark.parametrize("architecture", ["sd2", "sdxl"])
def test_it_goes_with_float16(released: Released, architecture: str) -> None:
    manifest = verify(FolderView(released(architecture, "fp16", "fused"))).manifest
    assert (manifest.precision, manifest.measured) == ("fp16", True)
    assert manifest.fused == manifest_of(released(architecture, "fp32", "fused")).fused


def test_the_weights_are_the_same_bytes(released: Released) -> None:
    plain, fused = (graph_files(released("sd1", "fp32", optimize)) for optimize in ("none", "fused"))
    changed = {path for path in plain if plain[path] != fused[path]}
    assert {path.rpartition("/")[2] for path in changed} == {"model.onnx"}


def test_a_plain_release_says_nothing_of_it(released: Released) -> None:
    folder = released("sd1", "fp32", "none")
    text = (folder / "manifest.json").read_text()
    assert "runtime_blending" not in text
    assert "fused" not in text
    assert "Fused operators" not in (folder / "README.md").read_text()


def test_loras_and_inversions_are_blended_before(cache: Path, tmp_path: Path) -> None:
    source = write_diffusers(tiny("sd1"), tmp_path / "source")
    write_kohya_lora(tiny("sd1"), tmp_path / "style.safetensors")
    width = int(tiny("sd1").configs["text_encoder"]["hidden_size"])
    write_inversion({"text_encoder": width}, tmp_path / "owl.safetensors")
    blends = {
        "loras": [{"name": "style", "source": "./style.safetensors"}],
        "inversions": [{"name": "owl7", "source": "./owl.safetensors"}],
    }
    entry = diffusion_entry(name="tiny", source=str(source), optimize="fused", **blends)
    folder = converted(entry, tmp_path, cache, parity=True)
    assert verify(FolderView(folder)).manifest.inversions[0].vectors > 0


@pytest.mark.parametrize("architecture", ["sd1", "sdxl"])
def test_a_controlnet_and_the_unet_that_takes_it_are_fused(cache: Path, tmp_path: Path, architecture: str) -> None:
    write_controlnet_diffusers(tiny_controlnet(architecture), tmp_path / "control")
    workshop = Workshop(root=tmp_path, build=tmp_path / "build", cache=cache, access=HubAccess())
    edges = control_entry(name="edges", source="./control", optimize="fused")
    (control,) = convert_entry(edges, 1, workshop).manifest.components
    source = write_diffusers(tiny(architecture), tmp_path / "source")
    entry = diffusion_entry(name="tiny", source=str(source), optimize="fused", control=True)
    fused = {component.name: component.fused for component in convert_entry(entry, 1, workshop).manifest.components}
    assert fused["cnet"] == fused["unet"]
    assert 0 < control.fused["MultiHeadAttention"] < fused["unet"]["MultiHeadAttention"]
