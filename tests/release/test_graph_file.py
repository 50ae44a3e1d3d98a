"""Does a graph find its weights? Forged folders whose checksums agree, so that only the graph gives them away."""

from collections.abc import Callable
from pathlib import Path

import onnx
import pytest

from tests.support.release_folders import copied, fault_of, reissued


@pytest.fixture
def folder(pico_release: Path, tmp_path: Path) -> Path:
    return copied(pico_release, tmp_path / "pico.v1")


def _with_graph(folder: Path, change: Callable[[onnx.ModelProto], object]) -> Path:
    """Change the UNet's graph, with manifest and checksums that agree."""
    graph = onnx.ModelProto.FromString((folder / "unet/model.onnx").read_bytes())
    change(graph)
    return reissued(folder, {"unet/model.onnx": graph.SerializeToString()})


def _set(graph: onnx.ModelProto, key: str, value: str, tensor: int = 0) -> None:
    next(entry for entry in graph.graph.initializer[tensor].external_data if entry.key == key).value = value


def test_weights_that_end_too_early_are_found(folder: Path) -> None:
    short = (folder / "unet/weights.pb").read_bytes()[:-64]
    assert "unet/model.onnx: the data of " in (found := fault_of(reissued(folder, {"unet/weights.pb": short})))
    assert f"weights.pb has {len(short):,}" in found


@pytest.mark.parametrize("location", ["../../secret", "/etc/passwd", "other.pb", "../vae_encoder/weights.pb"])
def test_weights_in_another_file_are_found(folder: Path, location: str) -> None:
    _with_graph(folder, lambda graph: _set(graph, "location", location))
    assert f"is in {location!r}, expected 'weights.pb'" in fault_of(folder)


def test_weights_inside_the_graph_are_found(folder: Path) -> None:
    _with_graph(folder, lambda graph: graph.graph.initializer[0].ClearField("external_data"))
    assert "is in None, expected 'weights.pb'" in fault_of(folder)


def test_weights_that_overlap_are_found(folder: Path) -> None:
    _with_graph(folder, lambda graph: _set(graph, "offset", "0", tensor=-1))
    assert "overlaps" in fault_of(folder)


@pytest.mark.parametrize(("key", "value"), [("offset", "-4"), ("length", "-4"), ("offset", "x"), ("length", "")])
def test_a_place_that_is_no_place_is_found(folder: Path, key: str, value: str) -> None:
    _with_graph(folder, lambda graph: _set(graph, key, value))
    assert f"has {key} {value!r}, expected a number of bytes" in fault_of(folder)


def test_a_missing_place_is_found(folder: Path) -> None:
    def change(graph: onnx.ModelProto) -> None:
        entries = graph.graph.initializer[0].external_data
        entries.remove(next(entry for entry in entries if entry.key == "length"))

    _with_graph(folder, change)
    assert "has length None, expected a number of bytes" in fault_of(folder)


def test_a_graph_that_is_none_is_found(folder: Path) -> None:
    assert "unet/model.onnx: not an ONNX file" in fault_of(reissued(folder, {"unet/model.onnx": b"\xff" * 10}))
