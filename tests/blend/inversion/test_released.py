"""The released text encoder in onnxruntime, against transformers: by diffusers' own loader, and computed directly."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from converter.blend.inversion import Encoder, TokenVectors, blend_inversion, joined
from converter.graphs import TemplateStore
from converter.models.tokenizer import tokenizer_files
from converter.weights import open_saved
from tests.support.inversions import PICO, PICO_XL, Layout, entry, vectors, write_inversion, write_sdxl
from tests.support.sd1_models import Sd1, pico
from tests.support.text_encoders import ROWS, by_transformers, pico_second, pico_with_end, release, run_transformers
from tests.support.tokenizer_folders import load_clip, write_folder

LIMIT = 2e-5  # of the outputs, whose scale is 1: float32 in another order
COUNTS = (1, 74)
BY_DIFFUSERS: tuple[Layout, ...] = ("concept", "concept-flat", "concept-safetensors", "tensor", "web-ui")


def with_counts(layouts: Sequence[Layout]) -> list[tuple[Layout, int]]:
    """Each layout with each number of vectors; a vector without a second axis is always one."""
    return [(layout, count) for layout in layouts for count in COUNTS if count == 1 or layout != "concept-flat"]


def tokens_of(path: Path, **fields: Any) -> TokenVectors:
    with open_saved(path) as saved:
        return blend_inversion(entry(**fields), saved, PICO).tokens


def directly(model: Sd1, rows: np.ndarray[Any, Any], ids: Sequence[int]) -> list[np.ndarray[Any, Any]]:
    """What transformers computes with the rows behind its embedding."""
    encoder = by_transformers(model)
    table = encoder.get_input_embeddings().weight.detach()
    encoder.set_input_embeddings(torch.nn.Embedding.from_pretrained(torch.cat([table, torch.from_numpy(rows)])))
    return run_transformers(encoder, ids)


def loaded_by_diffusers(path: Path, folder: Path) -> tuple[Any, Any]:
    """Tokenizer and text encoder after diffusers' `load_textual_inversion`; its word for the inversion is `theirs`."""
    from diffusers.loaders import TextualInversionLoaderMixin

    class Loader(TextualInversionLoaderMixin):  # type: ignore[misc]  # diffusers ships no types
        hf_device_map = None
        components: dict[str, Any] = {}  # noqa: RUF012 - what the mixin asks for

    tokenizer, encoder = load_clip(write_folder(folder / "plain", tokenizer_files())), by_transformers(pico())
    state: Any = str(path)
    if path.name == "tensor.pt":  # it takes a tensor, but not the file of one
        state = torch.load(path, weights_only=True)
    Loader().load_textual_inversion(state, token="theirs", tokenizer=tokenizer, text_encoder=encoder)  # noqa: S106
    return tokenizer, encoder


def require_close_states(found: Sequence[np.ndarray[Any, Any]], expected: Sequence[np.ndarray[Any, Any]]) -> None:
    """Compare every output but the pooled one, which is that of the largest id where the config's end token is 2."""
    require_close([found[0], *found[2:]], [expected[0], *expected[2:]])


def require_close(found: Sequence[np.ndarray[Any, Any]], expected: Sequence[np.ndarray[Any, Any]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=LIMIT)


@pytest.mark.parametrize(("layout", "count"), with_counts(get_args(Layout)))
def test_each_token_of_each_layout_is_its_vector(
    layout: Layout, count: int, template_store: TemplateStore, tmp_path: Path
) -> None:
    values = vectors(count)
    released = release(pico(), tokens_of(write_inversion(tmp_path, layout, values)), template_store, tmp_path / "out")
    table = by_transformers(pico()).get_input_embeddings().weight.detach().numpy()
    single, summed = values[-1], values.sum(axis=0)
    word = f"cubex-{count - 1}"
    rows = np.stack([single, summed])

    ids = released.ids(f"a {word} photo, Cubex cubex-all")
    assert ids == [49406, 320, ROWS + count, 1125, 267, ROWS, ROWS + count + 1, 49407]
    # The same rows under ids of its own: nothing of the order of our tokens goes into the expectation.
    expected = directly(pico(), rows, [49406, 320, len(table), 1125, 267, len(table) + 1, len(table) + 1, 49407])
    found = released.run(f"a {word} photo, Cubex cubex-all")
    require_close_states(found, expected)


@pytest.mark.parametrize(("layout", "count"), with_counts(BY_DIFFUSERS))
def test_a_prompt_with_every_vector_is_what_diffusers_makes_of_its_own_tokens(
    layout: Layout, count: int, template_store: TemplateStore, tmp_path: Path
) -> None:
    path = write_inversion(tmp_path, layout, vectors(count))
    released = release(pico(), tokens_of(path), template_store, tmp_path / "out")
    tokenizer, encoder = loaded_by_diffusers(path, tmp_path)

    ours = " ".join(f"cubex-{i}" for i in range(count))
    theirs = " ".join(["theirs", *(f"theirs_{i}" for i in range(1, count))])
    their_ids = tokenizer(f"a {theirs}")["input_ids"]
    assert len(released.ids(f"a {ours}")) == len(their_ids) == count + 3
    found, expected = released.run(f"a {ours}"), run_transformers(encoder, their_ids)
    require_close_states(found, expected)


def test_several_inversions_of_a_model_each_keep_their_vectors(template_store: TemplateStore, tmp_path: Path) -> None:
    first = tokens_of(write_inversion(tmp_path, "web-ui", vectors(2)), name="cubea")
    second = tokens_of(write_inversion(tmp_path, "concept", vectors(3, seed=1)), name="cubeb", weight=0.5)
    released = release(pico(), joined([first, second]), template_store, tmp_path / "out")

    rows = np.stack([vectors(2)[1], 0.5 * vectors(3, seed=1).sum(axis=0), 0.5 * vectors(3, seed=1)[2]])
    expected = directly(pico(), rows, [49406, ROWS, ROWS + 1, ROWS + 2, 49407])
    found = released.run("cubea-1 <CUBE> cubeb-2")
    require_close_states(found, expected)


def test_sdxls_text_encoders_get_the_same_tokens_at_the_same_ids(template_store: TemplateStore, tmp_path: Path) -> None:
    with open_saved(write_sdxl(tmp_path, 3)) as saved:
        tokens = blend_inversion(entry(), saved, PICO_XL).tokens
    models: dict[Encoder, Sd1] = {"text_encoder": pico(), "text_encoder_2": pico_second()}
    seen = set()
    for encoder, model in models.items():
        released = release(model, tokens, template_store, tmp_path / "out", encoder=encoder)
        values = vectors(3, PICO_XL.widths[encoder])
        prompt = "a cubex-2 cubex"
        seen.add(tuple(released.ids(prompt)))
        expected = directly(model, np.stack([values[2], values.sum(axis=0)]), [49406, 320, ROWS, ROWS + 1, 49407])
        found = released.run(prompt)
        require_close_states(found, expected)
    assert seen == {(49406, 320, ROWS + 3, ROWS, 49407)}


def test_a_prompt_without_the_tokens_is_as_it_was(template_store: TemplateStore, tmp_path: Path) -> None:
    released = release(
        pico(), tokens_of(write_inversion(tmp_path, "emb-params", vectors(5))), template_store, tmp_path / "out"
    )

    ids = released.ids("a photo of a cat")
    assert max(ids) < ROWS
    require_close(released.run("a photo of a cat"), run_transformers(by_transformers(pico()), ids))


def test_the_pooled_output_is_that_of_the_end_where_the_config_names_the_end_token(
    template_store: TemplateStore, tmp_path: Path
) -> None:
    model = pico_with_end(ROWS - 1)
    released = release(
        model, tokens_of(write_inversion(tmp_path, "emb-params", vectors(2))), template_store, tmp_path / "out"
    )

    found = released.run("a cubex-1 photo")
    expected = directly(model, vectors(2)[1:], [49406, 320, ROWS, 1125, 49407])
    require_close(found, expected)
    np.testing.assert_array_equal(found[1], found[0][:, -1])


def test_the_pooled_output_is_that_of_the_end_also_where_the_config_says_2(
    template_store: TemplateStore, tmp_path: Path
) -> None:
    # transformers takes the largest id then, which is a new token: "A CLIP model with such `eos_token_id` in the config
    # can't work correctly with extra new tokens added". Our graph looks for the end token whatever the config says.
    released = release(
        pico(), tokens_of(write_inversion(tmp_path, "emb-params", vectors(2))), template_store, tmp_path / "out"
    )

    found = released.run("a cubex-1 photo")
    np.testing.assert_array_equal(found[1], found[0][:, -1])
