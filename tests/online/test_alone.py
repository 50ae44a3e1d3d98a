"""Entries of `networks` are checked by what is in their files."""

from pathlib import Path

from tests.support.checked_registries import Desk
from tests.support.family import full, tiny_controlnet, write_controlnet_diffusers, write_controlnet_original
from tests.support.header_files import kohya_shapes, write_lora
from tests.support.inversions import vectors, write_inversion


def test_sound_networks_are_valid(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    entries = [
        {
            "name": "edges",
            "type": "control",
            "source": desk.seed("org/control", write_controlnet_diffusers(tiny_controlnet("sd1"), tmp_path / "c")),
        },
        {
            "name": "style",
            "type": "lora",
            "source": desk.serve(1, write_lora(tmp_path / "l.safetensors", kohya_shapes(full("sdxl")))),
        },
        {
            "name": "cat",
            "type": "inversion",
            "source": desk.serve(2, write_inversion(tmp_path, "web-ui", vectors(3, 768))),
        },
    ]

    assert desk.errors("networks", *entries) == {}


def test_what_is_something_else_than_its_entry_says_is_refused(desk: Desk, tmp_path: Path) -> None:
    control = desk.serve(1, write_controlnet_original(tiny_controlnet("sd1"), tmp_path / "c.safetensors"))
    lora = desk.serve(2, write_lora(tmp_path / "l.safetensors", kohya_shapes(full("sd1"))))
    entries = [
        {"name": "one", "type": "control", "source": lora},
        {"name": "two", "type": "lora", "source": control},
        {"name": "three", "type": "inversion", "source": lora},
        {"name": "four", "type": "control", "source": control, "format": "ckpt"},
    ]

    errors = desk.errors("networks", *entries)

    assert list(errors) == [f"$.networks[{number}].source" for number in range(4)]
    one, two, three, four = errors.values()
    assert "expected a file of ControlNetModel" in one
    assert "this is no LoRA" in two
    assert "expected one tensor named by its token" in three
    assert "`format` is ckpt, " in four


def test_upscalers_are_looked_for(desk: Desk) -> None:
    entries = [
        {"name": "there", "source": desk.serve(1, b"anything"), "scale": 4},
        {"name": "gone", "source": "civitai://9", "scale": 4},
    ]

    assert list(desk.errors("upscaling", *entries)) == ["$.upscaling[1].source"]
