"""What is no Textual Inversion, or one for another model, is refused with what it has and what was expected."""

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from converter.blend import BlendError
from converter.blend.inversion import TextEncoders, blend_inversion, read_inversion
from converter.registry.vocabulary import EmbeddingKind
from converter.weights import WeightsError, open_saved
from tests.support.inversions import PICO, PICO_XL, Layout, entry, vectors, web_ui, write_inversion, write_sdxl
from tests.support.safetensors_files import write_tensors
from tests.support.torch_files import save

SD1 = TextEncoders("SD 1.x", {"text_encoder": 768})
SD2 = TextEncoders("SD 2.x", {"text_encoder": 1024})
SDXL = TextEncoders("SDXL", {"text_encoder": 768, "text_encoder_2": 1280})
ROWS = torch.from_numpy(vectors(2))


def refusal(path: Path, encoders: TextEncoders = PICO, model: EmbeddingKind | None = None) -> str:
    with open_saved(path) as saved, pytest.raises(BlendError) as caught:
        read_inversion(saved, encoders, model=model)
    return str(caught.value)


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        ({}, "found nothing, expected one tensor named by its token"),
        ([ROWS], "found a tuple, expected one tensor"),
        ("text", "found a str, expected one tensor"),
        ({"<a>": ROWS, "<b>": ROWS}, "2 concepts in it: '<a>', '<b>'; expected one in a file"),
        ({"<a>": ROWS, "note": "mine"}, "unknown keys in it: 'note'"),
        ({"<a>": None}, "unknown keys in it: '<a>'"),
        ({"lora_unet_down.weight": ROWS}, "unknown keys in it: 'lora_unet_down.weight'"),
        ({"<a>": ROWS[None]}, "'<a>' is of shape [1, 2, 64], expected a tensor of shape (width) or (vectors, width)"),
        ({"emb_params": ROWS[0]}, "emb_params is of shape [64], expected a tensor of shape (vectors, width)"),
        ({"emb_params": [1]}, "emb_params is a tuple, expected a tensor of shape (vectors, width)"),
        ({"emb_params": ROWS, "extra": ROWS}, "unknown keys beside emb_params: 'extra'"),
        ({"*": ROWS, "extra": ROWS}, "unknown keys beside *: 'extra'"),
        (ROWS[None], "the tensor is of shape [1, 2, 64]"),
        (torch.tensor(1.0), "the tensor is of shape []"),
        (web_ui(ROWS, notes="x"), "unknown keys beside string_to_param: 'notes'"),
        (web_ui(ROWS[0]), "string_to_param, '*' is of shape [64]"),
        (web_ui(ROWS, string_to_param={}), "string_to_param holds no vectors"),
        (web_ui(ROWS, string_to_param=ROWS), "string_to_param holds no vectors"),
        (web_ui(ROWS, string_to_param={"*": ROWS, "b": ROWS}), "2 concepts in string_to_param: '*', 'b'"),
        (web_ui(ROWS, string_to_token={"b": 265}), "string_to_token is not that of string_to_param ('*')"),
        ({"emb_params": ROWS[:0]}, "it has 0 vectors, expected 1 to 75"),
        ({"emb_params": ROWS.long()}, "emb_params holds I64 numbers, expected one of F16, BF16, F32, F64"),
    ],
)
def test_what_is_no_single_inversion_is_refused_by_what_it_holds(saved: Any, words: str, tmp_path: Path) -> None:
    assert words in refusal(save(saved, tmp_path / "m.pt"))


@pytest.mark.parametrize("layout", get_args(Layout))
def test_a_model_that_the_entry_names_wrongly_is_refused(layout: Layout, tmp_path: Path) -> None:
    path = write_inversion(tmp_path, layout, vectors(1))
    with open_saved(path) as saved:
        found = read_inversion(saved, PICO).kind
    for named in EmbeddingKind:
        if named.value != found.value:
            assert f"`model` is {named}, the file is of the layout {found}" in refusal(path, model=named)


def test_more_vectors_than_a_prompt_has_room_for_are_refused(tmp_path: Path) -> None:
    assert "it has 76 vectors, expected 1 to 75: a prompt has 77 tokens" in refusal(
        write_inversion(tmp_path, "emb-params", vectors(76))
    )


@pytest.mark.parametrize(
    ("width", "encoders", "words"),
    [
        (1024, SD1, "have 1024 numbers, made for Stable Diffusion 2.x, this model is SD 1.x, whose text_encoder takes"),
        (768, SD2, "have 768 numbers, made for Stable Diffusion 1.x, this model is SD 2.x, whose text_encoder takes"),
        (1280, SD1, "have 1280 numbers, made for SDXL's second text encoder alone, this model is SD 1.x"),
        (320, SD1, "have 320 numbers, this model is SD 1.x, whose text_encoder takes 768"),
        (
            768,
            SDXL,
            "for text_encoder, made for Stable Diffusion 1.x, this model is SDXL, whose text encoders are",
        ),
    ],
)
def test_vectors_for_another_model_are_refused_with_what_they_were_made_for(
    width: int, encoders: TextEncoders, words: str, tmp_path: Path
) -> None:
    assert words in refusal(write_inversion(tmp_path, "concept", vectors(2, width)), encoders)


def test_an_sdxl_file_is_refused_for_a_model_with_one_text_encoder(tmp_path: Path) -> None:
    message = refusal(write_sdxl(tmp_path, 2, widths=(768, 1280)), SD1)

    assert "vectors for text_encoder and text_encoder_2, made for SDXL, this model is SD 1.x" in message


def test_an_sdxl_file_of_which_one_width_is_wrong_is_refused(tmp_path: Path) -> None:
    assert "text_encoder_2 takes 1280" in refusal(write_sdxl(tmp_path, 2, widths=(768, 1024)), SDXL)


def test_an_sdxl_file_with_different_numbers_of_vectors_is_refused(tmp_path: Path) -> None:
    path = write_sdxl(tmp_path, 2, clip_g=vectors(3, 96))

    assert "its text encoders have 2 and 3 vectors, expected as many for each" in refusal(path, PICO_XL)


@pytest.mark.parametrize(("kept", "missing"), [("clip_l", "clip_g"), ("clip_g", "clip_l")])
def test_half_an_sdxl_file_is_refused(kept: str, missing: str, tmp_path: Path) -> None:
    path = write_tensors(tmp_path / "half.safetensors", {kept: vectors(1)})

    assert f"{missing} is missing, expected clip_l and clip_g" in refusal(path, PICO_XL)


def test_an_sdxl_file_with_more_in_it_is_refused(tmp_path: Path) -> None:
    path = write_sdxl(tmp_path, 1, t5xxl=vectors(1))

    assert "unknown keys beside clip_l and clip_g: 't5xxl'" in refusal(path, PICO_XL)


@pytest.mark.parametrize(("number", "word"), [(np.nan, "NaN"), (np.inf, "an infinity")])
def test_numbers_that_are_none_are_refused_with_their_place(number: float, word: str, tmp_path: Path) -> None:
    values = vectors(2)
    values[1, 5] = number
    path = write_inversion(tmp_path, "web-ui", values)

    with open_saved(path) as saved, pytest.raises(WeightsError, match=rf"holds {word} at index \[1, 5\]"):
        read_inversion(saved, PICO)


def test_float64_numbers_beyond_float32_are_refused(tmp_path: Path) -> None:
    path = write_tensors(tmp_path / "e.safetensors", {"emb_params": np.full((1, 64), 1e300)})

    with open_saved(path) as saved, pytest.raises(WeightsError, match=r"float32.* holds an infinity"):
        read_inversion(saved, PICO)


def test_a_refusal_names_the_entry_and_its_file(tmp_path: Path) -> None:
    path = write_inversion(tmp_path, "concept", vectors(1, 32))

    with open_saved(path) as saved, pytest.raises(BlendError) as caught:
        blend_inversion(entry("cubex"), saved, PICO)
    assert str(caught.value).startswith("inversion cubex (concept.pt): its vectors have 32 numbers")
