"""The CLIP tokenizer that ships with the package, and the completion of one that came with a model."""

import gzip
from collections.abc import Mapping
from functools import cache
from importlib.resources import files as package_files

from converter.models.clip_tokenizer import END_TOKEN, START_TOKEN, ClipTokenizer
from converter.models.tokenizer_reading import read_tokenizer


def tokenizer_files() -> Mapping[str, bytes]:
    """The `tokenizer/` folder of Stable Diffusion 1.x (49,408 tokens), by file name.

    `vocab.json`, `merges.txt` and `special_tokens_map.json` have the very bytes of stable-diffusion-v1-5 on the Hub.
    """
    return _openai_clip().files()


def complete_tokenizer(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """The same tokenizer as files that every client reads, from the tokenizer files of a diffusers folder.

    Clients differ: OnnxStack reads `vocab.json` and `merges.txt` only, transformers 5 writes `tokenizer.json` only. The
    result has `vocab.json`, `merges.txt`, `tokenizer_config.json`, `special_tokens_map.json`, and `added_tokens.json`
    when there are tokens beyond the vocabulary; `complete_tokenizer(complete_tokenizer(x)) == complete_tokenizer(x)`.

    Args:
        files: File name to bytes, of `vocab.json`, `merges.txt`, `tokenizer.json`, `tokenizer_config.json`,
            `special_tokens_map.json`, `added_tokens.json`, whichever are there; other names are not looked at.

    Raises:
        ModelError: a file is broken, two of them disagree, something is missing, or it is not a CLIP tokenizer.
    """
    tokenizer = read_tokenizer(files)
    tokenizer.require_consistent()
    return tokenizer.files()


@cache
def _openai_clip() -> ClipTokenizer:
    packed = package_files("converter.models").joinpath("data/clip_bpe_merges.txt.gz").read_bytes()
    merges = tuple((left, right) for left, right in map(str.split, gzip.decompress(packed).decode().splitlines()))
    alphabet = _byte_alphabet()
    tokens = (*alphabet, *(f"{letter}</w>" for letter in alphabet), *map("".join, merges), START_TOKEN, END_TOKEN)
    return ClipTokenizer(vocab={token: number for number, token in enumerate(tokens)}, merges=merges)


def _byte_alphabet() -> tuple[str, ...]:
    # GPT-2's letters for the 256 bytes, in CLIP's order: those that print stand for themselves and come first, the
    # others follow from U+0100 on (MIT):
    # https://github.com/openai/CLIP/blob/0848ed71e5bb5b4eaaa4048364001877630345dc/clip/simple_tokenizer.py#L16
    printing = [chr(byte) for span in (range(0x21, 0x7F), range(0xA1, 0xAD), range(0xAE, 0x100)) for byte in span]
    return (*printing, *(chr(0x100 + number) for number in range(256 - len(printing))))
