"""Tokens of Textual Inversions in the released tokenizer folder: next ids, every form, the longest wins."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from converter.models import ModelError
from converter.models.tokenizer import complete_tokenizer, extended_tokenizer, tokenizer_files
from tests.support.tokenizer_folders import load_clip, tiny_tokenizer, write_folder

SIZE = 49408
WORDS = ("cubex", *(f"cubex-{i}" for i in range(12)), "cubex-all", "<Cat-Toy>", "MyDog", "my cat", "goblin")
IDS = {word: SIZE + i for i, word in enumerate(WORDS)}


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder with all of `WORDS`, as transformers reads it."""
    files = extended_tokenizer(tokenizer_files(), WORDS, rows=SIZE)
    return load_clip(write_folder(tmp_path_factory.mktemp("clip") / "tokenizer", files))


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_clip(write_folder(tmp_path_factory.mktemp("clip") / "tokenizer", tokenizer_files()))


def refusal(tokens: Sequence[str], *, rows: int = SIZE) -> str:
    with pytest.raises(ModelError) as caught:
        extended_tokenizer(tokenizer_files(), tokens, rows=rows)
    return str(caught.value)


@pytest.mark.parametrize("word", WORDS)
def test_transformers_gives_each_token_the_next_free_id(extended: Any, word: str) -> None:
    assert extended(f"a {word} here")["input_ids"] == [49406, 320, IDS[word], 763, 49407]


@pytest.mark.parametrize("word", WORDS)
def test_a_token_is_found_whatever_its_case_in_the_prompt(extended: Any, word: str) -> None:
    assert extended(word.upper())["input_ids"] == extended(word.lower())["input_ids"] == [49406, IDS[word], 49407]


def test_the_longest_token_wins(extended: Any) -> None:
    ids = extended("cubex-1 cubex-10 cubex-11, cubex")["input_ids"]

    assert ids[1:-1] == [IDS["cubex-1"], IDS["cubex-10"], IDS["cubex-11"], 267, IDS["cubex"]]


def test_the_order_in_which_tokens_are_added_does_not_matter_for_which_wins(tmp_path: Path) -> None:
    words = ("cubex-10", "cubex-1", "cubex")
    clip = load_clip(write_folder(tmp_path / "t", extended_tokenizer(tokenizer_files(), words, rows=SIZE)))

    assert clip("cubex-10 cubex-1 cubex")["input_ids"][1:-1] == [SIZE, SIZE + 1, SIZE + 2]


def test_the_guides_goblin_is_taken_though_the_vocabulary_has_it_as_a_word(extended: Any, plain: Any) -> None:
    assert len(plain("goblin")["input_ids"]) == 3
    assert extended("goblin")["input_ids"] == [49406, IDS["goblin"], 49407]


@pytest.mark.parametrize("prompt", ["a photo of a cat", "my dog and a toy", "cub -1", "Ünïcode 12 !?"])
def test_prompts_without_the_tokens_keep_their_ids(extended: Any, plain: Any, prompt: str) -> None:
    assert extended(prompt)["input_ids"] == plain(prompt)["input_ids"]


def test_the_tokens_are_in_every_form_that_readers_look_for() -> None:
    files = extended_tokenizer(tokenizer_files(), ["cubex", "<Toy>"], rows=SIZE)

    assert json.loads(files["added_tokens.json"]) == {"cubex": SIZE, "<Toy>": SIZE + 1}
    decoder = json.loads(files["tokenizer_config.json"])["added_tokens_decoder"]
    flags = {"lstrip": False, "normalized": True, "rstrip": False, "single_word": False, "special": False}
    assert decoder[str(SIZE + 1)] == {"content": "<Toy>", **flags}


@pytest.mark.parametrize("name", ["vocab.json", "merges.txt", "special_tokens_map.json"])
def test_what_is_said_of_the_vocabulary_stays_as_it_was(name: str) -> None:
    assert extended_tokenizer(tokenizer_files(), ["cubex"], rows=SIZE)[name] == tokenizer_files()[name]


def test_the_written_folder_is_complete() -> None:
    files = extended_tokenizer(tokenizer_files(), WORDS, rows=SIZE)

    assert complete_tokenizer(files) == files


def test_adding_in_two_steps_is_adding_at_once() -> None:
    once = extended_tokenizer(tokenizer_files(), WORDS, rows=SIZE)
    first = extended_tokenizer(tokenizer_files(), WORDS[:3], rows=SIZE)

    assert extended_tokenizer(first, WORDS[3:], rows=SIZE + 3) == once


def test_no_tokens_change_nothing() -> None:
    assert extended_tokenizer(tokenizer_files(), [], rows=SIZE) == tokenizer_files()


@pytest.mark.parametrize("token", ["cat", "CAT", "a", "<|endoftext|>", "<|StartOfText|>"])
def test_a_token_of_the_vocabulary_is_refused(token: str) -> None:
    assert f"the token {token!r} exists already" in refusal([token])


@pytest.mark.parametrize("token", ["<toy>", "<TOY>"])
def test_a_token_that_the_model_has_added_before_is_refused(token: str) -> None:
    files = complete_tokenizer(tiny_tokenizer(**{"added_tokens.json": {"<toy>": 12}}))

    with pytest.raises(ModelError, match="exists already"):
        extended_tokenizer(files, [token], rows=13)


def test_a_token_that_is_listed_twice_is_refused() -> None:
    assert "of the 2 new tokens some are there twice" in refusal(["cubex", "cubex"])


@pytest.mark.parametrize(
    "token", ["", " ", " cubex", "cubex ", "my  cat", "my\tcat", "cube\nx", "cube\u200bx", "\u00a0"]
)
def test_a_token_with_blanks_or_marks_that_readers_drop_is_refused(token: str) -> None:
    assert "expected a word; correct `token`" in refusal([token])


def test_a_token_in_decomposed_characters_is_refused() -> None:
    assert "not in Unicode's NFC" in refusal(["cafe\u0301"])


def test_a_tokenizer_that_does_not_belong_to_the_embedding_is_refused() -> None:
    assert "it has 49408 tokens, expected 49409" in refusal(["cubex"], rows=49409)
