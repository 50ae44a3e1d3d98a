"""The known architectures are those that are published, and everything of them ships."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from converter.graphs import TEMPLATES, Component, ComponentKind, component_key
from converter.known import known_architectures, known_components
from converter.models import KeyMaps, Model, Said, graph_config, open_controlnet, open_model, part_of, pooled_width
from converter.models.key_map import BOXED_MAPS
from tests.support.family import (
    ARCHITECTURES,
    controlnet_tensors,
    full,
    full_controlnet,
    original_tensors,
    write_sparse,
)

CONTROLNETS = ("sd1", "sd2", "sdxl")


def keys_of(model: Model) -> set[str]:
    graphs = {name: model.graph(name) for name in model.graphs}
    return {component_key(Component(ComponentKind(name), g.config, g.pooled_width)) for name, g in graphs.items()}


def keys_of_configs(configs: Mapping[str, Mapping[str, object]]) -> set[str]:
    canonical = {part: graph_config(part, config, part) for part, config in configs.items()}  # type: ignore[arg-type]  # names of parts
    kinds = [kind for kind in ComponentKind if kind is not ComponentKind.CNET and part_of(kind) in canonical]
    parts = {kind: part_of(kind) for kind in kinds}
    return {component_key(Component(k, canonical[part], pooled_width(part, canonical))) for k, part in parts.items()}  # type: ignore[arg-type]  # as above


def test_every_architecture_that_is_converted_is_known() -> None:
    assert set(ARCHITECTURES) <= {known.name for known in known_architectures()}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_published_folder_finds_its_graphs(name: str) -> None:
    assert keys_of_configs(full(name).configs) <= TEMPLATES.keys


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_published_checkpoint_finds_its_graphs_and_its_key_maps(name: str, tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "zeros.safetensors", original_tensors(full(name)))

    # Nothing in a file of 2.x says what it predicts.
    said = Said(prediction_type="epsilon" if name.startswith("sd2") else None)

    with open_model(path, KeyMaps(tmp_path / "maps"), said) as model:
        assert keys_of(model) <= TEMPLATES.keys

    assert not (tmp_path / "maps").exists()


@pytest.mark.parametrize("prefix", ["control_model.", ""])
@pytest.mark.parametrize("family", CONTROLNETS)
def test_a_published_controlnet_finds_its_graph_and_its_key_map(family: str, prefix: str, tmp_path: Path) -> None:
    path = write_sparse(tmp_path / "zeros.safetensors", controlnet_tensors(full_controlnet(family), prefix))

    with open_controlnet(path, KeyMaps(tmp_path / "maps")) as model:
        assert keys_of(model) <= TEMPLATES.keys

    assert not (tmp_path / "maps").exists()


def test_what_ships_is_what_is_known_and_nothing_else() -> None:
    assert set(TEMPLATES.keys) == {component_key(component) for component in known_components().values()}


def test_all_that_ships_is_small() -> None:
    sizes = [path.stat().st_size for box in (TEMPLATES, BOXED_MAPS) for path in Path(str(box.place)).iterdir()]

    assert 0 < sum(sizes) < 10_000_000
