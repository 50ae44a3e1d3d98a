"""Tokenizers that are broken, contradict themselves or are not CLIP's: refused by the defect's name, never a crash."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.errors import ExitCode
from converter.models.errors import ModelError
from converter.models.tokenizer import complete_tokenizer
from tests.support.tokenizer_folders import BASICS, one_file, tiny_tokenizer, vocab_with

DEFECTS: dict[str, tuple[dict[str, Any], str]] = {
    "no-files": ({"vocab.json": None, "merges.txt": None, "tokenizer_config.json": None}, "found nothing"),
    "no-merges": ({"merges.txt": None}, "merges.txt is missing"),
    "no-vocab": ({"vocab.json": None}, "vocab.json is missing"),
    "vocab-is-a-web-page": ({"vocab.json": "<!doctype html>"}, "vocab.json: not valid JSON"),
    "vocab-is-a-list": ({"vocab.json": ["a"]}, "expected an object"),
    "vocab-not-utf-8": ({"vocab.json": b'{"\xff": 0}'}, "vocab.json: not valid JSON"),
    "vocab-nested-without-end": ({"vocab.json": "[" * 100_000}, "vocab.json: not valid JSON"),
    "vocab-with-a-token-twice": ({"vocab.json": '{"a": 0, "a": 1}'}, "'a' is there twice"),
    "vocab-id-is-text": ({"vocab.json": vocab_with(cat="12")}, "expected a whole number"),
    "vocab-id-is-true": ({"vocab.json": vocab_with(cat=True)}, "expected a whole number"),
    "vocab-id-is-nan": ({"vocab.json": vocab_with(cat=float("nan"))}, "NaN is no JSON number"),
    "vocab-id-twice": ({"vocab.json": vocab_with(cat=3)}, "expected the ids 0 to 12 once each"),
    "vocab-id-left-out": ({"vocab.json": vocab_with(cat=13)}, "expected the ids 0 to 12 once each"),
    "vocab-id-negative": ({"vocab.json": vocab_with(cat=-1)}, "expected the ids 0 to 12 once each"),
    "vocab-with-half-a-character": ({"vocab.json": vocab_with(**{"\ud83d": 12})}, "half a character"),
    "merges-without-header": ({"merges.txt": "c a\n"}, "expected '#version: 0.2'"),
    "merges-empty": ({"merges.txt": ""}, "expected '#version: 0.2'"),
    "merges-of-one-symbol": ({"merges.txt": "#version: 0.2\nca\n"}, "line 2: 'ca' is not a merge"),
    "merges-with-two-blanks": ({"merges.txt": "#version: 0.2\nc  a\n"}, "is not a merge"),
    "merges-of-another-vocabulary": ({"merges.txt": "#version: 0.2\nd o\n"}, "'d' is not in the vocabulary"),
    "merges-result-unknown": ({"merges.txt": "#version: 0.2\nt c\n"}, "'tc' is not in the vocabulary"),
    "merges-line-twice": ({"merges.txt": "#version: 0.2\nc a\nc a\n"}, "is there twice"),
    "merges-not-utf-8": ({"merges.txt": b"#version\n\xff a\n"}, "not UTF-8"),
    "other-tokenizer-class": ({"tokenizer_config.json": {"tokenizer_class": "T5Tokenizer"}}, "'T5Tokenizer'"),
    "padding-on-the-left": ({"tokenizer_config.json": {"padding_side": "left"}}, "expected 'right'"),
    "length-is-text": ({"tokenizer_config.json": {"model_max_length": "77"}}, "expected a whole number"),
    "length-is-zero": ({"tokenizer_config.json": {"model_max_length": 0}}, "expected a whole number"),
    "start-token-unknown": (
        {"tokenizer_config.json": {"bos_token": "<s>"}},
        "the bos token '<s>' is not in the vocabulary",
    ),
    "special-token-is-a-number": ({"tokenizer_config.json": {"bos_token": 3}}, "expected a text"),
    "special-tokens-disagree": (
        {"tokenizer_config.json": {"pad_token": "a"}, "special_tokens_map.json": {"pad_token": "c"}},
        "'a' in tokenizer_config.json and 'c' in special_tokens_map.json",
    ),
    "additional-token-without-id": ({"special_tokens_map.json": {"additional_special_tokens": ["<toy>"]}}, "'<toy>'"),
    "added-token-leaves-a-hole": ({"added_tokens.json": {"<toy>": 14}}, "has id 14, expected 12"),
    "added-token-takes-a-word": ({"added_tokens.json": {"ca": 6}}, "'ca' is in the vocabulary and an added token too"),
    "added-token-with-two-ids": (
        {
            "added_tokens.json": {"<toy>": 12},
            "tokenizer_config.json": {"added_tokens_decoder": {"13": {"content": "<toy>"}}},
        },
        "more than one id",
    ),
    "added-token-id-not-a-number": (
        {"tokenizer_config.json": {"added_tokens_decoder": {"x": {"content": "<toy>"}}}},
        "expected a whole number",
    ),
    "added-token-flag-is-text": (
        {"tokenizer_config.json": {"added_tokens_decoder": {"12": {"content": "<toy>", "lstrip": "no"}}}},
        "expected true or false",
    ),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_broken_tokenizer_is_refused_with_a_message_that_names_the_defect(defect: str) -> None:
    changes, message = DEFECTS[defect]

    with pytest.raises(ModelError) as caught:
        complete_tokenizer(tiny_tokenizer(**changes))

    assert message in str(caught.value)
    assert caught.value.exit_code is ExitCode.FAILED


@pytest.mark.parametrize(
    ("part", "value"),
    [("type", "Unigram"), ("end_of_word_suffix", None), ("dropout", 0.1), ("byte_fallback", True)],
)
def test_a_tokenizer_json_that_is_not_clip_is_refused(tmp_path: Path, part: str, value: object) -> None:
    with pytest.raises(ModelError, match=f"model.{part} is"):
        complete_tokenizer({"tokenizer.json": one_file(tmp_path, tiny_tokenizer(), **{part: value})})


def test_a_tokenizer_json_without_lower_case_is_refused(tmp_path: Path) -> None:
    raw = json.loads(one_file(tmp_path, tiny_tokenizer()))
    raw["normalizer"] = {"type": "NFC"}

    with pytest.raises(ModelError, match="normalizer is 'NFC', expected 'NFC Replace Lowercase'"):
        complete_tokenizer({"tokenizer.json": json.dumps(raw).encode()})


@pytest.mark.parametrize(
    ("name", "other"),
    [("merges.txt", b"#version: 0.2\nc a\n"), ("vocab.json", b'{"<|startoftext|>": 0, "<|endoftext|>": 1}')],
)
def test_dialects_that_disagree_are_refused(tmp_path: Path, name: str, other: bytes) -> None:
    files = tiny_tokenizer() | {"tokenizer.json": one_file(tmp_path, tiny_tokenizer()), name: other}

    with pytest.raises(ModelError, match=f"{name} and tokenizer.json disagree"):
        complete_tokenizer(files)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
BYTES = st.binary(max_size=30) | JSON.map(lambda value: json.dumps(value).encode())


@given(name=st.sampled_from([*BASICS, "tokenizer.json", "added_tokens.json"]), data=BYTES)
def test_any_bytes_in_any_file_are_completed_or_refused_but_never_crash(name: str, data: bytes) -> None:
    with suppress(ModelError):
        assert set(complete_tokenizer(tiny_tokenizer(**{name: data}))) >= set(BASICS)
