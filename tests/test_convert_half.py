"""Releases in float16: half the size, inside the gate, and what stays float32 is said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import pytest

from converter.convert import convert_entry
from converter.registry import DiffusionEntry
from converter.release import FolderView, verify
from converter.sources import HubAccess
from converter.workshop import Workshop
from tests.support.blends import write_inversion, write_kohya_lora
from tests.support.family import tiny, write_diffusers
from tests.support.registries import control_entry, diffusion_entry
from tests.support.release_folders import graph_files, manifest_of

pytestmark = pytest.mark.slow

Released = Callable[[str, str], Path]
LEVELS = ("fp16-internal", "fp16")
VAES = ("vae_encoder", "vae_decoder")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder of each architecture that is converted here."""
    root = tmp_path_factory.mktemp("sources")
    for architecture in ("sd1", "sdxl"):
        write_diffusers(tiny(architecture), root / architecture)
    return root


@pytest.fixture(scope="module")
def released(sources: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The release of an architecture at a precision, compared with PyTorch. Read only."""
    made: dict[tuple[str, str], Path] = {}

    def release(architecture: str, precision: str) -> Path:
        if (architecture, precision) not in made:
            root = tmp_path_factory.mktemp("made")
            entry = diffusion_entry(name="tiny", source=str(sources / architecture), precision=precision)
            made[architecture, precision] = converted(entry, root, cache, parity=True)
        return made[architecture, precision]

    return release


def converted(entry: DiffusionEntry, root: Path, cache: Path, *, parity: bool = False) -> Path:
    workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
    return convert_entry(entry, 1, workshop, parity=parity).folder


@pytest.mark.parametrize("precision", LEVELS)
@pytest.mark.parametrize("architecture", ["sd1", "sdxl"])
def test_each_component_is_inside_the_gate_of_its_precision(
    released: Released, architecture: str, precision: str
) -> None:
    manifest = verify(FolderView(released(architecture, precision))).manifest
    assert (manifest.precision, manifest.limits) == (precision, {"psnr_db": 50.0})
    figures = [parity.psnr_db for component in manifest.components for parity in component.parity]
    assert len(figures) == 2 * len(manifest.components)
    assert all(figure is not None and figure >= 50 for figure in figures)


@pytest.mark.parametrize("precision", LEVELS)
def test_the_data_is_half_as_large_within_one_percent_and_norms(released: Released, precision: str) -> None:
    whole = {component.name: component.size_bytes for component in manifest_of(released("sd1", "fp32")).components}
    for component in manifest_of(released("sd1", precision)).components:
        assert component.precision == precision
        # Padding between tensors weighs more in a tiny model, which has hardly anything else.
        assert component.size_bytes == pytest.approx(whole[component.name] / 2, rel=0.03)


@pytest.mark.parametrize("precision", LEVELS)
def test_the_vae_of_xl_is_float32_to_the_last_byte_and_manifest_and_card_say_so(
    released: Released, precision: str
) -> None:
    half, whole = released("sdxl", precision), released("sdxl", "fp32")
    precisions = {component.name: component.precision for component in manifest_of(half).components}
    assert {name for name, found in precisions.items() if found == "fp32"} == set(VAES)
    for path in (f"{part}/{file}" for part in VAES for file in ("model.onnx", "weights.pb")):
        assert (half / path).read_bytes() == (whole / path).read_bytes()
    card = (half / "README.md").read_text()
    assert "In fp32 as a whole, because numbers overflow in float16 there: `vae_encoder`, `vae_decoder`." in card


@pytest.mark.parametrize("precision", LEVELS)
def test_the_ports_are_float32_or_float16_as_asked(released: Released, precision: str) -> None:
    session = ort.InferenceSession(
        str(released("sd1", precision) / "unet/model.onnx"), providers=["CPUExecutionProvider"]
    )
    ports = {port.name: port.type for port in (*session.get_inputs(), *session.get_outputs())}
    floating = "tensor(float16)" if precision == "fp16" else "tensor(float)"
    assert ports == {
        "sample": floating,
        "timestep": "tensor(float)",
        "encoder_hidden_states": floating,
        "out_sample": floating,
    }


def test_a_release_in_float32_says_nothing_of_components_that_are_otherwise(released: Released) -> None:
    folder = released("sd1", "fp32")
    assert '"precision"' not in (folder / "manifest.json").read_text().partition('"components"')[2].partition("]")[0]
    assert "as a whole, because" not in (folder / "README.md").read_text()


def test_half_is_another_word_for_internal_float16(
    released: Released, sources: Path, cache: Path, tmp_path: Path
) -> None:
    entry = diffusion_entry(name="tiny", source=str(sources / "sd1"), half=True)
    assert graph_files(converted(entry, tmp_path, cache)) == graph_files(released("sd1", "fp16-internal"))


def test_two_runs_give_the_same_bytes(released: Released, sources: Path, cache: Path, tmp_path: Path) -> None:
    entry = diffusion_entry(name="tiny", source=str(sources / "sd1"), precision="fp16")
    assert graph_files(converted(entry, tmp_path, cache)) == graph_files(released("sd1", "fp16"))


def test_loras_and_inversions_are_blended_in_float32_and_rounded_once(
    released: Released, sources: Path, cache: Path, tmp_path: Path
) -> None:
    write_kohya_lora(tiny("sd1"), tmp_path / "style.safetensors")
    width = int(tiny("sd1").configs["text_encoder"]["hidden_size"])
    write_inversion({"text_encoder": width}, tmp_path / "owl.safetensors")
    blends = {
        "loras": [{"name": "style", "source": "./style.safetensors"}],
        "inversions": [{"name": "owl7", "source": "./owl.safetensors"}],
    }
    made = {}
    for precision in ("fp32", "fp16"):
        entry = diffusion_entry(name=precision, source=str(sources / "sd1"), precision=precision, **blends)
        made[precision] = converted(entry, tmp_path, cache, parity=precision == "fp16")
    for part in ("unet", "text_encoder"):
        whole, half = weights_of(made["fp32"] / part), weights_of(made["fp16"] / part)
        assert {array.dtype for array in half.values()} == {np.dtype(np.float16), np.dtype(np.float32)}
        for name, array in half.items():
            np.testing.assert_array_equal(array, whole[name].astype(array.dtype))


def test_a_controlnet_is_made_in_float16(cache: Path, tmp_path: Path) -> None:
    from tests.support.family import tiny_controlnet, write_controlnet_diffusers

    write_controlnet_diffusers(tiny_controlnet("sd1"), tmp_path / "control")
    entry = control_entry(name="edges", source="./control", precision="fp16")
    workshop = Workshop(root=tmp_path, build=tmp_path / "build", cache=cache, access=HubAccess())
    manifest = convert_entry(entry, 1, workshop).manifest
    (component,) = manifest.components
    assert (component.precision, manifest.measured) == ("fp16", True)


def weights_of(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    import onnx

    graph = onnx.load(folder / "model.onnx").graph
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
