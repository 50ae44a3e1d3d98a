"""Tokens as onnx-web's: each vector, their sum twice, and the token that the file names itself."""

from itertools import permutations

import numpy as np
import pytest

from converter.blend import BlendError
from converter.blend.inversion import Encoder, Inversion, InversionKind, TokenVectors, joined, token_vectors
from converter.weights import WeightsError
from tests.support.inversions import vectors


def inversion(count: int, own_token: str | None = None, seed: int = 0) -> Inversion:
    return Inversion(InversionKind.PARAMETERS, own_token, {"text_encoder": vectors(count, seed=seed)})


def both(count: int) -> Inversion:
    return Inversion(
        InversionKind.SDXL, None, {"text_encoder": vectors(count, 64), "text_encoder_2": vectors(count, 96)}
    )


def same(one: TokenVectors, other: TokenVectors) -> bool:
    return one.tokens == other.tokens and all(np.array_equal(one.rows[key], other.rows[key]) for key in one.rows)


@pytest.mark.parametrize("count", [1, 2, 74])
def test_the_tokens_are_the_base_each_vector_and_all(count: int) -> None:
    found = token_vectors(inversion(count), "cubex")

    assert found.tokens == ("cubex", *(f"cubex-{i}" for i in range(count)), "cubex-all")
    assert found.rows["text_encoder"].shape == (count + 2, 64)


@pytest.mark.parametrize("count", [1, 2, 74])
def test_the_base_and_all_are_the_sum_and_the_others_the_vectors(count: int) -> None:
    found = token_vectors(inversion(count), "cubex")

    for i in range(count):
        np.testing.assert_array_equal(found.vector(f"cubex-{i}"), vectors(count)[i])
    summed = vectors(count).astype(np.float64).sum(axis=0)
    np.testing.assert_allclose(found.vector("cubex"), summed, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(found.vector("cubex-all"), found.vector("cubex"))


def test_the_token_that_the_file_names_is_the_same_as_the_base() -> None:
    found = token_vectors(inversion(2, "<Cube>"), "cubex")

    assert found.tokens[-1] == "<Cube>"
    np.testing.assert_array_equal(found.vector("<Cube>"), found.vector("cubex"))


def test_a_base_that_is_the_files_own_token_is_there_once() -> None:
    assert token_vectors(inversion(1, "<cube>"), "<cube>").tokens == ("<cube>", "<cube>-0", "<cube>-all")


def test_the_weight_scales_every_vector() -> None:
    found, plain = token_vectors(inversion(3), "cubex", weight=-0.5), token_vectors(inversion(3), "cubex")

    np.testing.assert_array_equal(found.rows["text_encoder"], np.float32(-0.5) * plain.rows["text_encoder"])


def test_a_weight_that_makes_a_number_infinite_is_refused() -> None:
    huge = Inversion(InversionKind.TENSOR, None, {"text_encoder": np.full((1, 4), 3e38, np.float32)})

    with pytest.raises(WeightsError, match=r"vectors times 2\.0.* holds an infinity"):
        token_vectors(huge, "cubex", weight=2.0)


def test_both_text_encoders_have_their_own_vectors_under_the_same_tokens() -> None:
    found = token_vectors(both(2), "cubex")

    widths: dict[Encoder, int] = {"text_encoder": 64, "text_encoder_2": 96}
    for encoder, width in widths.items():
        np.testing.assert_array_equal(found.vector("cubex-1", encoder), vectors(2, width)[1])


def test_several_inversions_follow_each_other() -> None:
    a, b = token_vectors(inversion(1), "aaa"), token_vectors(inversion(2, seed=1), "bbb")
    found = joined([a, b])

    assert found.tokens == (*a.tokens, *b.tokens)
    np.testing.assert_array_equal(found.vector("bbb-1"), vectors(2, seed=1)[1])


def test_each_token_has_its_vector_in_whatever_order_the_inversions_are_joined() -> None:
    parts = [token_vectors(inversion(2, seed=seed), f"word{seed}") for seed in range(3)]
    for order in permutations(parts):
        found = joined(order)
        assert sorted(found.tokens) == sorted(token for part in parts for token in part.tokens)
        for part in parts:
            for token in part.tokens:
                np.testing.assert_array_equal(found.vector(token), part.vector(token))


def test_the_same_inversion_twice_is_there_once() -> None:
    one = token_vectors(inversion(2), "cubex")

    assert same(joined([one, token_vectors(inversion(2), "cubex")]), one)


@pytest.mark.parametrize("name", ["cubex", "CUBEX"])
def test_a_token_of_two_inversions_is_refused(name: str) -> None:
    with pytest.raises(BlendError, match=f"the token '{name}' stands for two different vectors"):
        joined([token_vectors(inversion(2), "cubex"), token_vectors(inversion(2, seed=1), name)])


def test_a_token_that_another_inversion_makes_of_its_base_is_refused() -> None:
    with pytest.raises(BlendError, match="the token 'cubex-1' stands for two"):
        joined([token_vectors(inversion(2), "cubex"), token_vectors(inversion(1, seed=1), "cubex-1")])


def test_a_token_of_the_file_that_is_one_of_its_vectors_is_refused() -> None:
    with pytest.raises(BlendError, match="the token 'cubex-0' stands for two"):
        token_vectors(inversion(2, "cubex-0"), "cubex")


def test_the_same_vectors_under_two_spellings_keep_both() -> None:
    found = joined([token_vectors(inversion(1), "cubex"), token_vectors(inversion(1), "Cubex")])

    assert found.tokens == ("cubex", "cubex-0", "cubex-all", "Cubex", "Cubex-0", "Cubex-all")


def test_inversions_for_different_text_encoders_do_not_join() -> None:
    with pytest.raises(BlendError, match="for different text encoders"):
        joined([token_vectors(inversion(1), "aaa"), token_vectors(both(1), "bbb")])


def test_no_inversions_are_no_tokens() -> None:
    assert joined([]).tokens == ()
