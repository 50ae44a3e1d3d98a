"""What a checkpoint is taken for: at the real sizes, with the configs of the published folders."""

from dataclasses import replace
from pathlib import Path

import pytest

from converter.models import KeyMaps, Said, StateDict, open_model
from converter.registry import PredictionType
from converter.torch_layouts import LayoutError, require_same_model
from tests.support.family import (
    ARCHITECTURES,
    full,
    original_tensors,
    tiny,
    write_diffusers,
    write_original,
    write_sparse,
)

pytestmark = pytest.mark.slow


def said(architecture: str) -> Said:
    """What the header of our own checkpoints says, for the tests' files have none."""
    if not architecture.startswith("sd2"):
        return Said()
    return Said(prediction_type=PredictionType("v_prediction" if architecture == "sd2" else "epsilon"))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_published_folder_and_the_published_checkpoint_are_the_same_model(
    tmp_path: Path, key_maps: KeyMaps, architecture: str
) -> None:
    model = full(architecture)
    folder = write_diffusers(model, tmp_path / "folder", form="sparse")
    checkpoint = write_sparse(tmp_path / "checkpoint.safetensors", original_tensors(model))
    with open_model(folder, key_maps) as written, open_model(checkpoint, key_maps, said(architecture)) as read:
        require_same_model(written, read, "zoo")


def test_two_parameters_that_changed_places_are_found_by_who_reads_the_file(tmp_path: Path, key_maps: KeyMaps) -> None:
    path = write_original(tiny("sd2"), tmp_path / "checkpoint.safetensors")
    first, second = (f"text_model.encoder.layers.0.self_attn.{name}_proj.weight" for name in "qk")
    with open_model(path, key_maps, said("sd2")) as model:
        refs = dict(model.state_dicts["text_encoder"].refs)
        refs[first], refs[second] = refs[second], refs[first]
        swapped = replace(model, state_dicts={**model.state_dicts, "text_encoder": StateDict(refs)})
        with pytest.raises(LayoutError, match=r"zoo: .*text_encoder text_model\.encoder\.layers\.0\.self_attn\.k_proj"):
            require_same_model(model, swapped, "zoo")
