"""Everything that an entry names is looked at, and what it takes as a whole."""

import json
from pathlib import Path

import pytest

from converter.blend import BlendError
from converter.inspection import inspect_entry, inspect_source
from converter.registry import ControlEntry, DiffusionEntry, InversionEntry, LocalSource, LoraEntry, Precision, Source
from converter.workshop import Workshop
from tests.support.family import tiny, tiny_controlnet, write_controlnet_original, write_vae_original
from tests.support.header_files import kohya_shapes, write_lora
from tests.support.inversions import vectors, write_inversion

SD1 = tiny("sd1")
WIDTH = SD1.configs["text_encoder"]["hidden_size"]


def local(path: Path) -> Source:
    return LocalSource(str(path))


def test_all_parts_are_described_and_the_whole_is_counted(tiny_sd1: Path, tmp_path: Path, place: Workshop) -> None:
    entry = DiffusionEntry(
        name="whole",
        source=local(tiny_sd1),
        control=True,
        vae=local(write_vae_original(SD1, tmp_path / "v.safetensors")),
        loras=(LoraEntry(name="l", source=local(write_lora(tmp_path / "l.safetensors", kohya_shapes(SD1)))),),
        inversions=(
            InversionEntry(name="cubex", source=local(write_inversion(tmp_path, "emb-params", vectors(2, WIDTH)))),
        ),
    )
    plain = inspect_source(local(tiny_sd1), place)

    found = inspect_entry(entry, place)

    assert [(part.role, part.name, part.found.kind) for part in found.parts] == [
        ("model", "whole", "model"),
        ("vae", "whole", "vae"),
        ("lora", "l", "lora"),
        ("inversion", "cubex", "inversion"),
    ]
    unet_bytes = sum(tensor.size_bytes for tensor in SD1.tensors("unet").values())
    assert json.loads(json.dumps(found.to_json()))["parts"][3]["tokens"] == [
        "cubex",
        "cubex-0",
        "cubex-1",
        "cubex-all",
    ]
    # The UNet is there twice, and the encoder has four more rows.
    assert found.needs.release_bytes == plain.needs.release_bytes + unet_bytes + 4 * 4 * WIDTH  # type: ignore[union-attr]
    assert found.needs.download_bytes == 0


def test_an_entry_in_float16_needs_half_the_room(tiny_sd1: Path, place: Workshop) -> None:
    whole, half = (
        inspect_entry(DiffusionEntry(name="x", source=local(tiny_sd1), precision=precision), place).needs
        for precision in (Precision.FP32, Precision.FP16)
    )
    assert (half.precision, half.release_bytes) == ("fp16", whole.release_bytes // 2)


def test_a_lora_for_another_model_is_refused(tiny_sd1: Path, tmp_path: Path, place: Workshop) -> None:
    lora = write_lora(tmp_path / "l.safetensors", kohya_shapes(tiny("sdxl")))
    entry = DiffusionEntry(name="x", source=local(tiny_sd1), loras=(LoraEntry(name="l", source=local(lora)),))

    with pytest.raises(BlendError, match=r"^not for Stable Diffusion 1\.x: l\.safetensors: "):
        inspect_entry(entry, place)


def test_a_controlnet_is_its_only_part(tmp_path: Path, place: Workshop) -> None:
    source = local(write_controlnet_original(tiny_controlnet("sd1"), tmp_path / "c.safetensors"))

    found = inspect_entry(ControlEntry(name="edges", source=source), place)

    assert [(part.role, part.found.kind) for part in found.parts] == [("model", "controlnet")]
    assert found.needs == found.parts[0].found.needs  # type: ignore[union-attr]
