"""What stands beside the vocabulary: `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json`."""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.models.clip_tokenizer import AddedToken
from converter.models.errors import ModelError
from converter.models.tokenizer_parts import added_token, as_list, as_object, as_text, json_object, vocab_of

_CONFIG = "tokenizer_config.json"
_MAP = "special_tokens_map.json"
_ADDED = "added_tokens.json"
_CLASSES = ("CLIPTokenizer", "CLIPTokenizerFast")
_ROLES = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unk", "pad_token": "pad"}
_LISTS = ("additional_special_tokens", "extra_special_tokens")
_CLIP_CONTEXT = 77
_UNSET_CONTEXT = 10**6
"""transformers writes 10^30 where nobody set a length; no model has a context of this many tokens."""


@dataclass(frozen=True)
class TokenizerSettings:
    """What the three files say, before it is held against the vocabulary."""

    special: tuple[tuple[str, Mapping[str, str]], ...]
    """File name, and token by role (`bos`, `eos`, `unk`, `pad`)."""
    described: tuple[AddedToken, ...]
    """With their flags."""
    numbered: tuple[AddedToken, ...]
    """Of which only the id is known."""
    context: int


def read_settings(files: Mapping[str, bytes]) -> TokenizerSettings:
    """The settings in `files`; all three files may be missing.

    Raises:
        ModelError: a file is broken, or asks for what is not CLIP.
    """
    config, tokens_map, added = (
        json_object(files[name], name) if name in files else {} for name in (_CONFIG, _MAP, _ADDED)
    )
    _require_clip(config)
    settings = TokenizerSettings(
        special=((_CONFIG, _roles(config, _CONFIG)), (_MAP, _roles(tokens_map, _MAP))),
        described=_described(config),
        numbered=tuple(
            AddedToken(as_text(content, _ADDED), number) for content, number in vocab_of(added, _ADDED).items()
        ),
        context=_context(config),
    )
    _require_listed(settings, {_CONFIG: config, _MAP: tokens_map})
    return settings


def _require_clip(config: Mapping[str, object]) -> None:
    name = config.get("tokenizer_class", _CLASSES[0])
    if name not in _CLASSES:
        raise ModelError(
            f"{_CONFIG}: tokenizer_class is {name!r}, expected {_CLASSES[0]!r}; use a model with CLIP's tokenizer"
        )
    for side in ("padding_side", "truncation_side"):
        found = config.get(side, "right")
        if found != "right":
            raise ModelError(
                f"{_CONFIG}: {side} is {found!r}, expected 'right', which is all that clients do; remove it"
            )


def _context(config: Mapping[str, object]) -> int:
    length = config.get("model_max_length")
    if length is None or (isinstance(length, (int, float)) and length > _UNSET_CONTEXT):
        return _CLIP_CONTEXT
    if type(length) is not int or length < 2:
        raise ModelError(
            f"{_CONFIG}: model_max_length is {length!r}, expected a whole number of 2 or more; "
            f"CLIP of Stable Diffusion has {_CLIP_CONTEXT}"
        )
    return length


def _roles(raw: Mapping[str, object], where: str) -> Mapping[str, str]:
    return {role: _content(raw[key], f"{where}, {key}") for key, role in _ROLES.items() if raw.get(key) is not None}


def _content(raw: object, where: str) -> str:
    return as_text(raw.get("content") if isinstance(raw, dict) else raw, where)


def _described(config: Mapping[str, object]) -> tuple[AddedToken, ...]:
    where = f"{_CONFIG}, added_tokens_decoder"
    decoder = as_object(config.get("added_tokens_decoder", {}), where)
    return tuple(added_token(as_object(item, where), _number(key), where) for key, item in decoder.items())


def _number(key: str) -> object:
    return int(key) if key.isdecimal() and len(key) < 10 else key


def _require_listed(settings: TokenizerSettings, raws: Mapping[str, Mapping[str, object]]) -> None:
    known = {token.content for token in (*settings.described, *settings.numbered)}
    known |= {token for _, special in settings.special for token in special.values()}
    for where, raw in raws.items():
        for key in _LISTS:
            for item in as_list(raw.get(key) or [], f"{where}, {key}"):
                token = _content(item, f"{where}, {key}")
                if token not in known:
                    raise ModelError(f"{where}: {key} names {token!r}, which has no id; add it to {_ADDED}")
