"""What a Textual Inversion is, in each layout, and the tokens that it would give."""

from pathlib import Path
from typing import get_args

import pytest

from converter.errors import ConverterError
from converter.inspection import InversionInspection, inspect_source
from converter.registry import HubSource, LocalSource
from converter.weights import WeightsError
from converter.workshop import Workshop
from tests.support.inversions import Layout, vectors, write_inversion, write_sdxl
from tests.support.loopback_hub import LoopbackHub
from tests.support.safetensors_files import write_tensors
from tests.support.torch_files import zip_checkpoint

SD1, SD2, SDXL = "Stable Diffusion 1.x", "Stable Diffusion 2.x", "Stable Diffusion XL"


def inspected(path: Path, place: Workshop) -> InversionInspection:
    found = inspect_source(LocalSource(str(path)), place)
    assert isinstance(found, InversionInspection)
    return found


@pytest.mark.parametrize("layout", get_args(Layout))
def test_each_layout_is_told_by_its_content(layout: Layout, tmp_path: Path, place: Workshop) -> None:
    count = 1 if layout == "concept-flat" else 3

    found = inspected(write_inversion(tmp_path, layout, vectors(count, 768)), place)

    own = ("<cube>",) if layout.startswith("concept") else ()
    numbered = tuple(f"{layout}-{number}" for number in range(count))
    assert (found.made_for, found.vectors, found.widths) == ((SD1,), count, {"text_encoder": 768})
    assert found.tokens == (layout, *numbered, f"{layout}-all", *own)


@pytest.mark.parametrize(("width", "title"), [(768, SD1), (1024, SD2)])
def test_the_width_tells_what_it_was_made_for(width: int, title: str, tmp_path: Path, place: Workshop) -> None:
    assert inspected(write_inversion(tmp_path, "emb-params", vectors(74, width)), place).made_for == (title,)


def test_one_for_both_text_encoders_was_made_for_xl(tmp_path: Path, place: Workshop) -> None:
    found = inspected(write_sdxl(tmp_path, 2, widths=(768, 1280)), place)

    assert (found.made_for, found.layout) == ((SDXL,), "sdxl")
    assert found.widths == {"text_encoder": 768, "text_encoder_2": 1280}


def test_one_of_another_width_is_refused_with_the_reason_for_each(tmp_path: Path, place: Workshop) -> None:
    path = write_inversion(tmp_path, "web-ui", vectors(1, 500))

    with pytest.raises(ConverterError) as caught:
        inspected(path, place)

    for title in (SD1, SD2, SDXL):
        assert f"not for {title}: " in str(caught.value)
    assert "its vectors have 500 numbers" in str(caught.value)


def test_a_repository_of_the_hub_is_named_after_its_concept(
    loopback_hub: LoopbackHub, tmp_path: Path, place: Workshop
) -> None:
    file = write_inversion(tmp_path, "concept", vectors(1, 768))
    commit = loopback_hub.seed_repo("sd-concepts-library/cat-toy", {"learned_embeds.bin": file, "README.md": b"x"})

    found = inspect_source(HubSource("sd-concepts-library/cat-toy", None), place)

    assert isinstance(found, InversionInspection)
    assert found.tokens == ("cat-toy", "cat-toy-0", "cat-toy-all", "<cube>")
    assert found.source.endswith(f"learned_embeds.bin at commit {commit}")


def test_a_small_pickle_that_is_no_inversion_is_refused_as_what_it_is(tmp_path: Path, place: Workshop) -> None:
    path = tmp_path / "evil.pt"
    path.write_bytes(zip_checkpoint(b"\x80\x02cos\nsystem\n."))

    with pytest.raises(WeightsError, match=r"the pickle asks for 'os\.system'"):
        inspected(path, place)


def test_not_finite_numbers_are_found(tmp_path: Path, place: Workshop) -> None:
    values = vectors(1, 768)
    values[0, 3] = float("nan")

    with pytest.raises(ConverterError, match=r"'emb_params' .* holds NaN"):
        inspected(write_tensors(tmp_path / "a.safetensors", {"emb_params": values}), place)
