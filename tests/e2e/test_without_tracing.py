"""What can be done without torch, diffusers, transformers and onnxscript, and what is said of the rest."""

from collections.abc import Callable
from pathlib import Path

import pytest

from converter.box import Box, Boxed
from converter.canonical import JsonObject
from converter.graphs import Component, ComponentKind, TemplateStore, component_key
from converter.models import KeyMaps, Part, open_model
from converter.models.key_map import Parameters, map_key, parameters_to_json
from tests.support.family import full, original_tensors, write_sparse
from tests.support.registries import write_registry
from tests.support.release_folders import graph_files
from tests.support.without_tracing import run_without_tracing

Shapes = dict[str, tuple[int, ...]]


class NotedKeyMaps(KeyMaps):
    """Key maps that note what they gave."""

    noted: list[Boxed] = []  # noqa: RUF012  # one test fills it

    def get(self, part: Part, shapes: Shapes, config: JsonObject, make: Callable[[], Parameters]) -> Parameters:  # type: ignore[override]  # narrower
        found = super().get(part, shapes, config, make)
        self.noted.append(Boxed(map_key(part, shapes, config), part, parameters_to_json(found), {}))
        return found


@pytest.fixture(scope="module")
def boxes(
    pico_checkpoint: Path, template_store: TemplateStore, cache: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Boxes with the graphs and key maps of the tiny model, as the package has those of the known ones."""
    folder = tmp_path_factory.mktemp("boxes")
    for name in ("templates", "key-maps"):
        (folder / name).mkdir()
        (folder / name / "index.json").write_text("{}")
    maps = NotedKeyMaps(cache / "key-maps")
    with open_model(pico_checkpoint, maps) as model:
        graphs = {name: model.graph(name) for name in model.graphs}
    components = {
        name: Component(ComponentKind(name), graph.config, graph.pooled_width) for name, graph in graphs.items()
    }
    templates = {name: (component, template_store.get(component)) for name, component in components.items()}
    shipped = [Boxed(component_key(c), n, t.to_onnx(), {"template": t.key}) for n, (c, t) in templates.items()]
    assert list(Box(folder / "templates").fill(shipped)) == list(templates)
    assert list(Box(folder / "key-maps").fill(maps.noted)) == ["unet", "vae"]
    return folder


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
def test_a_known_checkpoint_is_converted_to_the_same_bytes(
    precision: str, boxes: Path, pico_checkpoint: Path, pico_release: Path, tmp_path: Path
) -> None:
    write_registry(tmp_path, {"name": "pico", "source": str(pico_checkpoint), "precision": precision})

    ran = run_without_tracing("convert", "--no-parity", "--allow-local", cwd=tmp_path, boxes=boxes)

    assert ran.code == 0, ran.err
    assert "tracing" not in ran.err
    if precision == "fp32":
        assert graph_files(tmp_path / "build/pico.v1") == graph_files(pico_release)


def test_without_the_boxes_the_same_checkpoint_is_refused(pico_checkpoint: Path, tmp_path: Path) -> None:
    # Without this the test above could not fail.
    write_registry(tmp_path, {"name": "pico", "source": str(pico_checkpoint)})

    ran = run_without_tracing("convert", "--no-parity", "--allow-local", cwd=tmp_path)

    assert ran.code == 1
    assert "unet: naming the parameters of a checkpoint whose architecture does not ship" in ran.err
    assert "onnx-registry[tracing]" in ran.err
    assert not (tmp_path / "build").exists()


def test_a_folder_of_an_unknown_architecture_is_refused_before_it_is_traced(pico_folder: Path, tmp_path: Path) -> None:
    write_registry(tmp_path, {"name": "pico", "source": str(pico_folder)})

    ran = run_without_tracing("convert", "--no-parity", "--allow-local", cwd=tmp_path)

    assert ran.code == 1
    assert "text_encoder: tracing a graph that does not ship with the package needs torch" in ran.err
    assert not list((tmp_path / "build").glob("*"))


def test_a_comparison_with_pytorch_is_refused_before_anything_is_made(
    boxes: Path, pico_checkpoint: Path, tmp_path: Path
) -> None:
    write_registry(tmp_path, {"name": "pico", "source": str(pico_checkpoint)})

    ran = run_without_tracing("release", "--allow-local", cwd=tmp_path, boxes=boxes)

    assert ran.code == 1
    assert "pico: comparing with PyTorch needs torch" in ran.err
    assert not list((tmp_path / "build").glob("*"))


@pytest.mark.parametrize("name", ["sd1", "sdxl"])
def test_every_parameter_of_a_published_checkpoint_is_checked(name: str, tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "zeros.safetensors", original_tensors(full(name)))

    ran = run_without_tracing("inspect", path, "--json", cwd=tmp_path)

    assert ran.code == 0, ran.err
    assert "not checked" not in ran.out


def test_an_unknown_architecture_is_not_held_against_a_contributor(pico_checkpoint: Path, tmp_path: Path) -> None:
    write_registry(tmp_path, {"name": "pico", "source": str(pico_checkpoint)})

    ran = run_without_tracing("validate", "--online", "--allow-local", cwd=tmp_path)

    assert ran.code == 0
    assert "warning" in ran.output
    assert "does not ship with the package" in ran.output
