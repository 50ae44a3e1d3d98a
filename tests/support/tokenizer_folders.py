"""Tokenizer folders for tests: a whole one of twelve tokens, and the way to and from disk."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

BASICS = ("vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json")


def write_folder(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Make `folder` with these files in it; gives it back."""
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def read_folder(folder: Path) -> dict[str, bytes]:
    """File name to bytes."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def load_clip(folder: Path) -> Any:
    """The folder as transformers reads it."""
    from transformers import CLIPTokenizer

    return CLIPTokenizer.from_pretrained(folder)


def tiny_tokenizer(**changes: Any) -> dict[str, bytes]:
    """A whole tokenizer of 12 tokens; `changes` replace parts of it."""
    letters, words = ["c", "a", "t", "c</w>", "a</w>", "t</w>"], ["ca", "cat</w>", "at</w>", "o</w>"]
    tokens = [*letters, *words, "<|startoftext|>", "<|endoftext|>"]
    files = {
        "vocab.json": {token: number for number, token in enumerate(tokens)},
        "merges.txt": "#version: 0.2\nc a\nca t</w>\na t</w>\n",
        "tokenizer_config.json": {"tokenizer_class": "CLIPTokenizer", "model_max_length": 77},
        **changes,
    }
    return {
        name: value if isinstance(value, bytes) else _as_bytes(value)
        for name, value in files.items()
        if value is not None
    }


def _as_bytes(value: object) -> bytes:
    return (value if isinstance(value, str) else json.dumps(value)).encode()


def vocab_with(**more: Any) -> dict[str, Any]:
    """The tiny vocabulary with ids added or replaced."""
    vocab: dict[str, Any] = json.loads(tiny_tokenizer()["vocab.json"])
    return vocab | more


def one_file(tmp_path: Path, files: dict[str, bytes], **changes: Any) -> bytes:
    """The `tokenizer.json` that transformers writes for `files`, with parts of its model replaced."""
    load_clip(write_folder(tmp_path / "before", files)).save_pretrained(tmp_path / "after")
    raw = json.loads((tmp_path / "after" / "tokenizer.json").read_bytes())
    raw["model"].update(changes)
    return json.dumps(raw).encode()
