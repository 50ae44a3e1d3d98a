"""The one-file dialect of tokenizers (`tokenizer.json`), read as the parts of a CLIP tokenizer.

The format is that of https://github.com/huggingface/tokenizers (Apache-2.0); transformers 5 writes nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.models.clip_tokenizer import AddedToken
from converter.models.errors import ModelError
from converter.models.tokenizer_parts import added_token, as_list, as_object, as_text, merge_of, vocab_of

_NAME = "tokenizer.json"
_MODEL = {
    "type": "BPE",
    "dropout": None,
    "continuing_subword_prefix": "",
    "end_of_word_suffix": "</w>",
    "byte_fallback": False,
    "ignore_merges": False,
}
_STEPS = {
    "normalizer": ("NFC", "Replace", "Lowercase"),
    "pre_tokenizer": ("Split", "ByteLevel"),
    "post_processor": ("RobertaProcessing",),
}


@dataclass(frozen=True)
class TokenizerJson:
    """What `tokenizer.json` says about a CLIP tokenizer."""

    vocab: Mapping[str, int]
    merges: tuple[tuple[str, str], ...]
    added: tuple[AddedToken, ...]
    """Also those that are in the vocabulary, as the start and the end token are."""
    special: Mapping[str, str]
    """Token by role: `bos`, `eos`, `unk`."""


def read_tokenizer_json(raw: Mapping[str, object]) -> TokenizerJson:
    """The parts of a `tokenizer.json`.

    Raises:
        ModelError: it does what `vocab.json` and `merges.txt` cannot say, so that clients would disagree.
    """
    model = as_object(raw.get("model"), f"{_NAME}, model")
    _require_clip(raw, model)
    return TokenizerJson(
        vocab=vocab_of(as_object(model.get("vocab"), f"{_NAME}, model.vocab"), _NAME),
        merges=tuple(merge_of(item, f"{_NAME}, merge {n}") for n, item in enumerate(_merges(model), start=1)),
        added=tuple(_added(item) for item in as_list(raw.get("added_tokens", []), f"{_NAME}, added_tokens")),
        special=_special(raw, model),
    )


def _merges(model: Mapping[str, object]) -> list[object]:
    return as_list(model.get("merges"), f"{_NAME}, model.merges")


def _added(item: object) -> AddedToken:
    token = as_object(item, f"{_NAME}, added_tokens")
    return added_token(token, token.get("id"), f"{_NAME}, added_tokens")


def _special(raw: Mapping[str, object], model: Mapping[str, object]) -> Mapping[str, str]:
    frame = as_object(raw.get("post_processor"), f"{_NAME}, post_processor")
    found = {"bos": _first(frame.get("cls")), "eos": _first(frame.get("sep")), "unk": model.get("unk_token")}
    return {role: as_text(token, f"{_NAME}, {role} token") for role, token in found.items() if token is not None}


def _first(pair: object) -> object:
    return pair[0] if isinstance(pair, list) and pair else None


def _require_clip(raw: Mapping[str, object], model: Mapping[str, object]) -> None:
    for key, expected in _MODEL.items():
        found = model.get(key, expected)
        if found != expected:
            raise ModelError(_not_clip(f"model.{key}", found, expected))
    for key, steps in _STEPS.items():
        kinds = _kinds(raw.get(key), key)
        if kinds != steps:
            raise ModelError(_not_clip(key, " ".join(kinds) or "nothing", " ".join(steps)))


def _kinds(step: object, key: str) -> tuple[str, ...]:
    if step is None:
        return ()
    described = as_object(step, f"{_NAME}, {key}")
    inner = described.get("normalizers", described.get("pretokenizers"))
    if inner is None:
        return (str(described.get("type")),)
    return tuple(kind for item in as_list(inner, f"{_NAME}, {key}") for kind in _kinds(item, key))


def _not_clip(what: str, found: object, expected: object) -> str:
    return (
        f"{_NAME}: {what} is {found!r}, expected {expected!r} as in every CLIP tokenizer; "
        "vocab.json and merges.txt cannot say anything else, so clients would read prompts differently; "
        "use CLIP's tokenizer"
    )
