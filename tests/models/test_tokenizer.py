"""The CLIP tokenizer: the shipped files, and the completion of files that came with a model."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from converter.models.tokenizer import complete_tokenizer, tokenizer_files
from tests.support.tokenizer_folders import BASICS, load_clip, one_file, read_folder, tiny_tokenizer, write_folder

# Ids from an independent implementation, open_clip's; `made_by` in the file says how.
GOLDEN = json.loads((Path(__file__).parent / "golden" / "clip_ids.json").read_text(encoding="utf-8"))["prompts"]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load_clip(write_folder(tmp_path_factory.mktemp("clip") / "tokenizer", tokenizer_files()))


@pytest.mark.parametrize(
    ("name", "sha256"),
    [
        ("vocab.json", "e089ad92ba36837a0d31433e555c8f45fe601ab5c221d4f607ded32d9f7a4349"),
        ("merges.txt", "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a"),
        ("special_tokens_map.json", "c4864a9376a8401918425bed71fc14fc0e81f9b59ec45c1cf96cccb2df508eac"),
    ],
)
def test_shipped_files_have_the_bytes_of_stable_diffusion_1_5_on_the_hub(name: str, sha256: str) -> None:
    assert hashlib.sha256(tokenizer_files()[name]).hexdigest() == sha256


def test_the_shipped_vocabulary_has_every_id_of_clip_once() -> None:
    vocab = json.loads(tokenizer_files()["vocab.json"])

    assert sorted(vocab.values()) == list(range(49408))
    assert (vocab["<|startoftext|>"], vocab["<|endoftext|>"]) == (49406, 49407)


def test_the_shipped_folder_has_exactly_the_files_that_every_client_needs() -> None:
    assert sorted(tokenizer_files()) == sorted(BASICS)


@pytest.mark.parametrize("prompt", GOLDEN, ids=lambda prompt: repr(prompt["text"][:24]))
def test_transformers_reads_the_shipped_folder_and_gives_the_ids_of_open_clip(clip: Any, prompt: Any) -> None:
    assert clip(prompt["text"])["input_ids"] == prompt["ids"]


def test_a_short_prompt_is_padded_with_the_end_token_and_a_long_one_is_cut(clip: Any) -> None:
    short, long = clip(["a cat", "cat " * 200], padding="max_length", truncation=True)["input_ids"]

    assert short == [49406, 320, 2368] + [49407] * 74
    assert long == [49406] + [2368] * 75 + [49407]


def test_completing_the_shipped_files_changes_nothing() -> None:
    assert complete_tokenizer(tokenizer_files()) == tokenizer_files()


def test_what_transformers_5_saves_is_completed_to_the_shipped_files(clip: Any, tmp_path: Path) -> None:
    clip.save_pretrained(tmp_path)

    assert "vocab.json" not in read_folder(tmp_path), "transformers writes vocab.json again: half of this room may go"
    assert complete_tokenizer(read_folder(tmp_path)) == tokenizer_files()


@pytest.mark.parametrize(
    "names", [("vocab.json", "merges.txt"), ("vocab.json", "merges.txt", "special_tokens_map.json")]
)
def test_missing_settings_are_those_of_stable_diffusion_1(names: tuple[str, ...]) -> None:
    assert complete_tokenizer({name: tokenizer_files()[name] for name in names}) == tokenizer_files()


def test_a_tiny_tokenizer_is_completed_and_completing_it_again_changes_nothing() -> None:
    once = complete_tokenizer(tiny_tokenizer())

    assert sorted(once) == sorted(BASICS)
    assert complete_tokenizer(once) == once


def test_a_tiny_tokenizer_json_gives_the_files_of_the_other_dialect(tmp_path: Path) -> None:
    assert complete_tokenizer({"tokenizer.json": one_file(tmp_path, tiny_tokenizer())}) == complete_tokenizer(
        tiny_tokenizer()
    )


def test_merges_written_as_text_in_tokenizer_json_are_those_written_as_pairs(tmp_path: Path) -> None:
    old = one_file(tmp_path, tiny_tokenizer(), merges=["c a", "ca t</w>", "a t</w>"])

    assert complete_tokenizer({"tokenizer.json": old}) == complete_tokenizer(tiny_tokenizer())


def test_both_dialects_together_are_accepted_when_they_agree(tmp_path: Path) -> None:
    files = tiny_tokenizer() | {"tokenizer.json": one_file(tmp_path, tiny_tokenizer())}

    assert complete_tokenizer(files) == complete_tokenizer(tiny_tokenizer())


def test_windows_line_ends_in_merges_change_nothing() -> None:
    files = tiny_tokenizer()

    assert complete_tokenizer(
        files | {"merges.txt": files["merges.txt"].replace(b"\n", b"\r\n")}
    ) == complete_tokenizer(files)


def test_an_unset_length_is_that_of_clip() -> None:
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": int(1e30)}

    assert (
        json.loads(complete_tokenizer(tiny_tokenizer(**{"tokenizer_config.json": config}))["tokenizer_config.json"])[
            "model_max_length"
        ]
        == 77
    )


def test_the_padding_token_of_the_model_is_kept() -> None:
    completed = complete_tokenizer(tiny_tokenizer(**{"special_tokens_map.json": {"pad_token": {"content": "a"}}}))

    pads = [json.loads(completed[name])["pad_token"] for name in ("tokenizer_config.json", "special_tokens_map.json")]
    assert pads == ["a", "a"]


def test_tokens_beyond_the_vocabulary_survive_from_either_dialect(clip: Any, tmp_path: Path) -> None:
    extended = load_clip(write_folder(tmp_path / "base", tokenizer_files()))
    extended.add_tokens(["<cat-toy>"])
    extended.save_pretrained(tmp_path / "saved")

    completed = complete_tokenizer(read_folder(tmp_path / "saved"))

    assert json.loads(completed["added_tokens.json"]) == {"<cat-toy>": 49408}
    assert complete_tokenizer(completed) == completed
    ids = load_clip(write_folder(tmp_path / "completed", completed))("a <cat-toy> here")["input_ids"]
    assert ids == extended("a <cat-toy> here")["input_ids"] == [49406, 320, 49408, 763, 49407]


def test_an_added_token_of_which_only_the_id_is_known_is_described() -> None:
    completed = complete_tokenizer(tiny_tokenizer(**{"added_tokens.json": {"<toy>": 12}}))

    assert json.loads(completed["tokenizer_config.json"])["added_tokens_decoder"]["12"]["content"] == "<toy>"
