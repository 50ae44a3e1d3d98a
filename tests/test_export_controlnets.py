"""ControlNets before ONNX: a file with the keys of their authors, or a folder of diffusers' class."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.export import export_entry
from converter.models import open_controlnet
from converter.registry import ControlEntry
from converter.registry.sources import LocalSource
from converter.target import Target
from converter.torch_layouts import LayoutError
from tests.support.exports import Array, parameters_of, place, tensors_of
from tests.support.family import ControlNet, tiny_controlnet, write_controlnet_diffusers, write_controlnet_original

SIZES = 6


def real_sizes(model: ControlNet) -> ControlNet:
    """A tiny one of Stable Diffusion XL takes small embeddings of sizes, of which its original layout says nothing."""
    config = model.config
    if config.get("addition_embed_type") is None:
        return model
    pooled = config["projection_class_embeddings_input_dim"] - SIZES * config["addition_time_embed_dim"]
    changed = {"addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": pooled + SIZES * 256}
    return replace(model, config={**config, **changed})


def entry_of(source: Path) -> ControlEntry:
    return ControlEntry(name="canny", source=LocalSource(str(source)))


def values_of(model: ControlNet) -> Mapping[str, Array]:
    return {name: tensor.array() for name, tensor in model.tensors().items()}


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_a_checkpoint_is_the_file_of_its_authors(tmp_path: Path, cache: Path, family: str) -> None:
    model = real_sizes(tiny_controlnet(family, seed=3))
    source = write_controlnet_diffusers(model, tmp_path / "source")
    path = export_entry(entry_of(source), 1, place(tmp_path, cache), Target.CHECKPOINT).path
    expected = tensors_of(write_controlnet_original(model, tmp_path / "original.safetensors"))
    found = tensors_of(path)
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        np.testing.assert_array_equal(found[key], value, err_msg=key)


@pytest.mark.parametrize("family", ["sd1", "sd2", "sdxl"])
def test_diffusers_loads_the_folder_with_no_missing_or_unexpected_key(tmp_path: Path, cache: Path, family: str) -> None:
    from diffusers import ControlNetModel

    model, workshop = real_sizes(tiny_controlnet(family, seed=3)), place(tmp_path, cache)
    source = write_controlnet_original(model, tmp_path / "original.safetensors")
    path = export_entry(entry_of(source), 1, workshop, Target.DIFFUSERS).path
    loaded, info = ControlNetModel.from_pretrained(path, local_files_only=True, output_loading_info=True)
    assert not any(info.values()), info
    found, expected = parameters_of(loaded), values_of(model)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        np.testing.assert_array_equal(found[name], value, err_msg=name)
    with open_controlnet(path, workshop.key_maps) as read:
        assert read.architecture == f"{family}-controlnet"


def test_what_the_original_layout_cannot_say_is_refused_and_leaves_nothing(tmp_path: Path, cache: Path) -> None:
    source, workshop = write_controlnet_diffusers(tiny_controlnet("sdxl"), tmp_path / "source"), place(tmp_path, cache)
    with pytest.raises(LayoutError, match=r"would not be read: .*addition_time_embed_dim.*Use `--to diffusers`"):
        export_entry(entry_of(source), 1, workshop, Target.CHECKPOINT)
    assert list(workshop.build.iterdir()) == []
