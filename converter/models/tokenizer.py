"""The CLIP tokenizer that ships with the package, and the completion of one that came with a model."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files as package_files
from types import MappingProxyType

from converter.models.clip_tokenizer import END_TOKEN, START_TOKEN, ClipTokenizer, SpecialTokens
from converter.models.errors import ModelError
from converter.models.tokenizer_reading import read_tokenizer

_OPEN_CLIP_PAD = "!"
_PADS: Mapping[str, Mapping[str, str]] = {
    "sd1": {"tokenizer": END_TOKEN},
    "sd2": {"tokenizer": _OPEN_CLIP_PAD},
    "sd-x4-upscaler": {"tokenizer": _OPEN_CLIP_PAD},
    "sdxl": {"tokenizer": END_TOKEN, "tokenizer_2": _OPEN_CLIP_PAD},
    "sdxl-refiner": {"tokenizer_2": _OPEN_CLIP_PAD},
}
"""Family to tokenizer folder to the token that fills a prompt up."""


@cache
def tokenizer_files() -> Mapping[str, bytes]:
    """The `tokenizer/` folder of Stable Diffusion 1.x (49,408 tokens), by file name.

    `vocab.json`, `merges.txt` and `special_tokens_map.json` have the very bytes of stable-diffusion-v1-5 on the Hub.
    """
    return MappingProxyType(_openai_clip().files())


def tokenizers_of(family: str) -> Mapping[str, Mapping[str, bytes]]:
    """The tokenizer folders of a family of models: folder to file name to content.

    Encoders in open_clip's line (Stable Diffusion 2, the second one of XL) were trained with zeros behind the prompt,
    which is the token `!`; OpenAI's with the end token.
    """
    return {folder: _padded(pad) for folder, pad in _PADS[family].items()}


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
def _padded(pad: str) -> Mapping[str, bytes]:
    # Kept: writing the vocabulary takes longer than recognising the model.
    return MappingProxyType(replace(_openai_clip(), special=SpecialTokens(pad=pad)).files())


def extended_tokenizer(files: Mapping[str, bytes], tokens: Sequence[str], *, rows: int) -> Mapping[str, bytes]:
    """The files of a tokenizer with more tokens, whose ids are `rows`, `rows + 1`, and so on, in the order given.

    Args:
        files: as `complete_tokenizer` takes and gives them.
        tokens: the words.
        rows: how many rows the text encoder's embedding has: the next row is the first new token's.

    Raises:
        ModelError: the tokenizer is not whole, does not belong to that embedding, or has one of the tokens already.
    """
    tokenizer = read_tokenizer(files)
    tokenizer.require_consistent()
    if tokenizer.size != rows:
        raise ModelError(
            f"tokenizer: it has {tokenizer.size} tokens, expected {rows}, one for each row of the text encoder's "
            "embedding; use the tokenizer that belongs to the model"
        )
    return tokenizer.with_tokens(tokens).files()


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
