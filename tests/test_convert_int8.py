"""Releases in 8 bits: inside the gate, smaller than float16, and what they cannot do is said."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from converter.convert import convert_entry
from converter.registry import DiffusionEntry
from converter.release import FolderView, verify
from converter.sources import HubAccess
from converter.weights import from_blocks, in_blocks
from converter.workshop import Workshop
from tests.support.blends import write_inversion, write_kohya_lora
from tests.support.family import tiny, tiny_controlnet, write_controlnet_diffusers, write_diffusers
from tests.support.registries import control_entry, diffusion_entry
from tests.support.release_folders import graph_files, manifest_of

pytestmark = pytest.mark.slow

Released = Callable[[str, str], Path]
ARCHITECTURES = ("sd1", "sd2", "sdxl")
VAES = ("vae_encoder", "vae_decoder")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A diffusers folder of each architecture that is converted here."""
    root = tmp_path_factory.mktemp("sources")
    for architecture in ARCHITECTURES:
        write_diffusers(tiny(architecture), root / architecture)
    return root


@pytest.fixture(scope="module")
def released(sources: Path, cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """The release of an architecture at a precision; those in 8 bits are compared with PyTorch. Read only."""
    made: dict[tuple[str, str], Path] = {}

    def release(architecture: str, precision: str) -> Path:
        if (architecture, precision) not in made:
            root = tmp_path_factory.mktemp("made")
            entry = diffusion_entry(name="tiny", source=str(sources / architecture), precision=precision)
            made[architecture, precision] = converted(entry, root, cache, parity=precision == "int8")
        return made[architecture, precision]

    return release


def converted(entry: DiffusionEntry, root: Path, cache: Path, *, parity: bool = False) -> Path:
    workshop = Workshop(root=root, build=root / "build", cache=cache, access=HubAccess())
    return convert_entry(entry, 1, workshop, parity=parity).folder


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_each_component_is_inside_the_gate_of_its_precision(released: Released, architecture: str) -> None:
    manifest = verify(FolderView(released(architecture, "int8"))).manifest
    assert (manifest.precision, manifest.limits) == ("int8", {"psnr_db": 40.0})
    assert manifest.measured
    floors = {"int8": 40, "fp16": 50, "fp32": 100}
    for component in manifest.components:
        for parity in component.parity:
            assert parity.psnr_db is not None
            assert parity.psnr_db >= floors[component.precision]


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_vaes_are_to_the_last_byte_what_they_are_in_float16(released: Released, architecture: str) -> None:
    small, half = released(architecture, "int8"), released(architecture, "fp16")
    for path in (f"{part}/{file}" for part in VAES for file in ("model.onnx", "weights.pb")):
        assert (small / path).read_bytes() == (half / path).read_bytes()
    kept = "fp32" if architecture == "sdxl" else "fp16"
    precisions = {component.name: component.precision for component in manifest_of(small).components}
    assert {name for name, found in precisions.items() if found == kept} == set(VAES)
    reason = "numbers overflow in float16" if kept == "fp32" else "almost none of their weights"
    assert f"In {kept} as a whole, because {reason}" in (small / "README.md").read_text()


def test_ports_are_those_of_float16(released: Released) -> None:
    def ports(precision: str, part: str) -> list[tuple[str, str]]:
        path = released("sdxl", precision) / part / "model.onnx"
        session = ort.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        return [(port.name, port.type) for port in (*session.get_inputs(), *session.get_outputs())]

    for part in ("text_encoder", "text_encoder_2", "unet"):
        assert ports("int8", part) == ports("fp16", part)


def test_the_card_says_what_it_needs_and_that_nothing_can_be_blended_in(released: Released) -> None:
    card = (released("sd1", "int8") / "README.md").read_text()
    assert "as ONNX, int8, opset 18" in card
    assert "It needs onnxruntime 1.23 or later: older versions refuse its operators" in card
    assert "No client can blend a LoRA or a Textual Inversion into it" in card
    plain = released("sd1", "fp16")
    assert "It needs onnxruntime" not in (plain / "README.md").read_text()
    assert "No client can blend" not in (plain / "README.md").read_text()


def test_a_plain_manifest_has_neither_of_the_two_keys(released: Released) -> None:
    said = {precision: (released("sd1", precision) / "manifest.json").read_text() for precision in ("fp16", "int8")}
    for key, value in (("runtime_blending", "false"), ("minimum_onnxruntime", '"1.23"')):
        assert f'"{key}"' not in said["fp16"]
        assert f'"{key}": {value}' in said["int8"]


def test_two_runs_give_the_same_bytes(released: Released, sources: Path, cache: Path, tmp_path: Path) -> None:
    entry = diffusion_entry(name="tiny", source=str(sources / "sd1"), precision="int8")
    assert graph_files(converted(entry, tmp_path, cache)) == graph_files(released("sd1", "int8"))


def test_loras_and_inversions_are_blended_in_float32_before_anything_is_rounded(
    sources: Path, cache: Path, tmp_path: Path
) -> None:
    write_kohya_lora(tiny("sd1"), tmp_path / "style.safetensors")
    width = int(tiny("sd1").configs["text_encoder"]["hidden_size"])
    write_inversion({"text_encoder": width}, tmp_path / "owl.safetensors")
    blends = {
        "loras": [{"name": "style", "source": "./style.safetensors"}],
        "inversions": [{"name": "owl7", "source": "./owl.safetensors"}],
    }
    made = {}
    for precision in ("fp32", "int8"):
        entry = diffusion_entry(name=precision, source=str(sources / "sd1"), precision=precision, **blends)
        made[precision] = converted(entry, tmp_path, cache, parity=precision == "int8")
    plain = converted(diffusion_entry(name="plain", source=str(sources / "sd1")), tmp_path, cache)
    for part in ("unet", "text_encoder"):
        whole, small, before = (weights_of(folder / part) for folder in (made["fp32"], made["int8"], plain))
        blocks = [name.removesuffix("_int8") for name in small if name.endswith("_int8")]
        assert any((before[name] != whole[name]).any() for name in blocks)
        for name in blocks:
            numbers, scales = in_blocks(np.ascontiguousarray(whole[name].T).reshape(-1))
            np.testing.assert_array_equal(small[f"{name}_int8"].reshape(-1), numbers)
            np.testing.assert_array_equal(small[f"{name}_int8_scales"].reshape(-1), scales)
            assert np.abs(from_blocks(numbers, scales).reshape(whole[name].T.shape) - whole[name].T).max() < 0.05
        for name in small.keys() & whole.keys():
            np.testing.assert_array_equal(small[name], whole[name].astype(small[name].dtype))


def test_a_controlnet_is_made_in_8_bits(cache: Path, tmp_path: Path) -> None:
    write_controlnet_diffusers(tiny_controlnet("sd1"), tmp_path / "control")
    entry = control_entry(name="edges", source="./control", precision="int8")
    workshop = Workshop(root=tmp_path, build=tmp_path / "build", cache=cache, access=HubAccess())
    manifest = convert_entry(entry, 1, workshop).manifest
    (component,) = manifest.components
    assert (component.precision, manifest.measured, manifest.runtime_blending) == ("int8", True, False)


def weights_of(folder: Path) -> dict[str, np.ndarray[Any, Any]]:
    graph = onnx.load(folder / "model.onnx").graph
    return {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in graph.initializer}
