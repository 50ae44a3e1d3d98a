"""What a LoRA is and which architecture it was made for, from its header alone."""

import json
from pathlib import Path

import pytest

from converter.blend import BlendError
from converter.inspection import LoraInspection, inspect_source
from converter.registry import LocalSource
from converter.workshop import Workshop
from tests.support.family import full
from tests.support.header_files import kohya_shapes, write_lora

ARCHITECTURES = {"sd1": "Stable Diffusion 1.x", "sd2": "Stable Diffusion 2.x", "sdxl": "Stable Diffusion XL"}


def inspected(path: Path, place: Workshop) -> LoraInspection:
    found = inspect_source(LocalSource(str(path)), place)
    assert isinstance(found, LoraInspection)
    return found


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_architecture_that_takes_every_key_is_named(architecture: str, tmp_path: Path, place: Workshop) -> None:
    shapes = kohya_shapes(full(architecture), rank=8)
    path = write_lora(tmp_path / "a.safetensors", shapes, ss_network_dim="8", ss_epoch="3", format="pt")

    found = inspected(path, place)

    assert found.made_for == (ARCHITECTURES[architecture],)
    assert (found.dialects, found.ranks, found.inversions) == (("sd-scripts",), (8, 8), ())
    assert found.algorithms == {"LoRA": len(shapes) // 3}
    assert found.layers == {
        part: sum(key.startswith(prefix) for key in shapes) // 3
        for part, prefix in (
            ("text_encoder", ("lora_te_", "lora_te1_")),
            ("text_encoder_2", "lora_te2_"),
            ("unet", "lora_unet_"),
        )
        if any(key.startswith(prefix) for key in shapes)
    }
    assert found.maker == "kohya's sd-scripts"
    assert (found.training.shown, found.training.others) == ({"ss_epoch": "3", "ss_network_dim": "8"}, 1)
    assert json.loads(json.dumps(found.to_json()))["kind"] == "lora"


def test_what_several_architectures_have_in_common_was_made_for_each_of_them(tmp_path: Path, place: Workshop) -> None:
    shapes = {name: shape for name, shape in kohya_shapes(full("sdxl")).items() if name.startswith("lora_te1_")}

    found = inspected(write_lora(tmp_path / "a.safetensors", shapes), place)

    assert found.made_for == ("Stable Diffusion 1.x", "Stable Diffusion XL")


def test_one_that_fits_none_is_refused_with_the_reason_for_each(tmp_path: Path, place: Workshop) -> None:
    shapes = {**kohya_shapes(full("sd1")), "lora_unet_nowhere.lora_up.weight": (8, 4)}
    shapes["lora_unet_nowhere.lora_down.weight"] = (4, 8)
    path = write_lora(tmp_path / "a.safetensors", shapes)

    with pytest.raises(BlendError) as caught:
        inspected(path, place)

    for title in ARCHITECTURES.values():
        assert f"not for {title}: a.safetensors: " in str(caught.value)
    assert "lora_unet_nowhere.lora_down.weight, lora_unet_nowhere.lora_up.weight" in str(caught.value)
