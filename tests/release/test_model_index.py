"""`model_index.json`: what pipelines read first."""

import json
from pathlib import Path

from converter.release import COMPONENTS, model_index


def test_it_names_the_scheduler_of_the_model() -> None:
    assert model_index({"_class_name": "DDIMScheduler"})["scheduler"] == ["diffusers", "DDIMScheduler"]


def test_every_graph_is_an_onnx_model_of_diffusers() -> None:
    index = model_index({"_class_name": "PNDMScheduler"})
    assert all(index[part] == ["diffusers", "OnnxRuntimeModel"] for part in COMPONENTS)


def test_every_component_of_the_index_has_its_folder(pico_release: Path) -> None:
    index = json.loads((pico_release / "model_index.json").read_bytes())
    named = {part for part, value in index.items() if isinstance(value, list) and value != [None, None]}
    assert named == {path.name for path in pico_release.iterdir() if path.is_dir()}


def test_the_safety_checker_and_its_extractor_are_declared_absent() -> None:
    index = model_index({"_class_name": "PNDMScheduler"})
    assert (index["safety_checker"], index["feature_extractor"]) == ([None, None], [None, None])
    assert index["requires_safety_checker"] is False
