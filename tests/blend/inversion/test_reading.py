"""Every layout of a Textual Inversion is recognised by its keys and shapes, and its vectors are the file's."""

from itertools import permutations
from pathlib import Path
from typing import Any, get_args

import ml_dtypes
import numpy as np
import pytest
import torch

from converter.blend.inversion import Inversion, InversionKind, TextEncoders, read_inversion
from converter.registry.vocabulary import EmbeddingKind
from converter.weights import open_saved
from tests.support.inversions import PICO, PICO_XL, Layout, vectors, web_ui, write_inversion, write_sdxl
from tests.support.safetensors_files import write_tensors
from tests.support.torch_files import save

LAYOUTS = get_args(Layout)
KINDS = {
    "concept": InversionKind.CONCEPT,
    "concept-flat": InversionKind.CONCEPT,
    "concept-safetensors": InversionKind.CONCEPT,
    "web-ui": InversionKind.EMBEDDINGS,
    "web-ui-parameter-dict": InversionKind.EMBEDDINGS,
    "web-ui-safetensors": InversionKind.EMBEDDINGS,
    "emb-params": InversionKind.PARAMETERS,
    "emb-params-safetensors": InversionKind.PARAMETERS,
    "tensor": InversionKind.TENSOR,
}


def read(path: Path, encoders: TextEncoders = PICO, model: EmbeddingKind | None = None) -> Inversion:
    with open_saved(path) as saved:
        return read_inversion(saved, encoders, model=model)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_gives_its_kind_and_the_vectors_of_the_file(layout: Layout, tmp_path: Path) -> None:
    count = 1 if layout == "concept-flat" else 3
    found = read(write_inversion(tmp_path, layout, vectors(count)))

    assert found.kind is KINDS[layout]
    assert found.own_token == ("<cube>" if found.kind is InversionKind.CONCEPT else None)
    assert found.count == count
    assert list(found.vectors) == ["text_encoder"]
    assert found.vectors["text_encoder"].dtype == np.float32
    np.testing.assert_array_equal(found.vectors["text_encoder"], vectors(count))


@pytest.mark.parametrize("layout", ["concept", "web-ui", "emb-params", "tensor"])
def test_the_form_before_torch_1_6_is_read_too(layout: Layout, tmp_path: Path) -> None:
    found = read(write_inversion(tmp_path, layout, vectors(2), legacy=True))

    np.testing.assert_array_equal(found.vectors["text_encoder"], vectors(2))


@pytest.mark.parametrize("count", [1, 75])
def test_as_many_vectors_as_a_prompt_has_room_for_are_taken(count: int, tmp_path: Path) -> None:
    assert read(write_inversion(tmp_path, "emb-params", vectors(count))).count == count


def test_a_tensor_alone_may_be_one_vector(tmp_path: Path) -> None:
    found = read(save(torch.from_numpy(vectors(1)[0]), tmp_path / "t.pt"))

    np.testing.assert_array_equal(found.vectors["text_encoder"], vectors(1))


def test_an_sdxl_file_has_vectors_for_both_text_encoders(tmp_path: Path) -> None:
    found = read(write_sdxl(tmp_path, 2), PICO_XL)

    assert found.kind is InversionKind.SDXL
    np.testing.assert_array_equal(found.vectors["text_encoder"], vectors(2, 64))
    np.testing.assert_array_equal(found.vectors["text_encoder_2"], vectors(2, 96))


def test_an_sdxl_file_may_be_torchs(tmp_path: Path) -> None:
    tensors = {"clip_g": torch.from_numpy(vectors(2, 96)), "clip_l": torch.from_numpy(vectors(2, 64))}

    assert read(save(tensors, tmp_path / "sdxl.pt"), PICO_XL).count == 2


def test_the_web_uis_keys_may_come_in_any_order(tmp_path: Path) -> None:
    whole = web_ui(torch.from_numpy(vectors(2)))
    for number, order in enumerate(list(permutations(whole))[::97]):
        found = read(save({key: whole[key] for key in order}, tmp_path / f"{number}.pt"))
        np.testing.assert_array_equal(found.vectors["text_encoder"], vectors(2))


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float64])
def test_other_floats_become_float32(dtype: Any, tmp_path: Path) -> None:
    values = vectors(2).astype(dtype)
    found = read(write_tensors(tmp_path / "e.safetensors", {"emb_params": values}))

    np.testing.assert_array_equal(found.vectors["text_encoder"], values.astype(np.float32))


@pytest.mark.parametrize("layout", ["concept", "web-ui", "emb-params"])
def test_the_layout_that_the_entry_names_is_accepted_where_it_is_so(layout: Layout, tmp_path: Path) -> None:
    model = EmbeddingKind(KINDS[layout].value)

    assert read(write_inversion(tmp_path, layout, vectors(1)), model=model).kind is KINDS[layout]


def test_the_vectors_stay_when_the_file_is_closed_and_gone(tmp_path: Path) -> None:
    path = write_inversion(tmp_path, "emb-params-safetensors", vectors(2))
    found = read(path)
    path.write_bytes(bytes(path.stat().st_size))

    np.testing.assert_array_equal(found.vectors["text_encoder"], vectors(2))
