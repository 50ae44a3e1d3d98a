"""From the files of a `tokenizer/` folder, in whichever dialect, to one tokenizer."""

from collections.abc import Mapping
from dataclasses import dataclass

from converter.models.clip_tokenizer import AddedToken, ClipTokenizer, SpecialTokens
from converter.models.errors import ModelError
from converter.models.tokenizer_json import TokenizerJson, read_tokenizer_json
from converter.models.tokenizer_parts import json_object, merges_of, vocab_of
from converter.models.tokenizer_settings import TokenizerSettings, read_settings


@dataclass(frozen=True)
class _Bpe:
    vocab: Mapping[str, int]
    merges: tuple[tuple[str, str], ...]


def read_tokenizer(files: Mapping[str, bytes]) -> ClipTokenizer:
    """The tokenizer that `files` describe; where several speak of the same thing, they must agree.

    Raises:
        ModelError: a file is broken, two of them disagree, something is missing, or it is not a CLIP tokenizer.
    """
    whole = (
        read_tokenizer_json(json_object(files["tokenizer.json"], "tokenizer.json"))
        if "tokenizer.json" in files
        else None
    )
    bpe = _bpe(files, whole)
    settings = read_settings(files)
    claims = (*settings.special, *((("tokenizer.json", whole.special),) if whole else ()))
    special = SpecialTokens(**_agreed(claims))
    return ClipTokenizer(
        vocab=bpe.vocab,
        merges=bpe.merges,
        added=_added(settings, whole, bpe.vocab, special),
        special=special,
        context=settings.context,
    )


def _bpe(files: Mapping[str, bytes], whole: TokenizerJson | None) -> _Bpe:
    vocab = vocab_of(json_object(files["vocab.json"], "vocab.json"), "vocab.json") if "vocab.json" in files else None
    merges = merges_of(files["merges.txt"], "merges.txt") if "merges.txt" in files else None
    if whole is not None:
        _require_same(vocab, whole.vocab, "vocab.json")
        _require_same(merges, whole.merges, "merges.txt")
        return _Bpe(whole.vocab, whole.merges)
    if vocab is None or merges is None:
        missing = " and ".join(name for name in ("vocab.json", "merges.txt") if name not in files)
        found = ", ".join(sorted(files)) or "nothing"
        raise ModelError(
            f"tokenizer: found {found}, but {missing} is missing; expected vocab.json and merges.txt, or "
            "tokenizer.json: add the tokenizer that the model was trained with"
        )
    return _Bpe(vocab, merges)


def _require_same(old: object, new: object, name: str) -> None:
    if old is not None and old != new:
        raise ModelError(
            f"tokenizer: {name} and tokenizer.json disagree, expected the same tokenizer twice; "
            "remove the one that does not belong to the model"
        )


def _agreed(claims: tuple[tuple[str, Mapping[str, str]], ...]) -> dict[str, str]:
    agreed: dict[str, tuple[str, str]] = {}
    for where, special in claims:
        for role, token in special.items():
            first, known = agreed.setdefault(role, (where, token))
            if known != token:
                raise ModelError(
                    f"tokenizer: the {role} token is {known!r} in {first} and {token!r} in {where}, expected one; "
                    "correct the file that is wrong"
                )
    return {role: token for role, (_, token) in agreed.items()}


def _added(
    settings: TokenizerSettings, whole: TokenizerJson | None, vocab: Mapping[str, int], special: SpecialTokens
) -> tuple[AddedToken, ...]:
    found: dict[str, AddedToken] = {}
    for token in (*settings.described, *(whole.added if whole else ()), *settings.numbered):
        # The same token is described up to three times; who says most about its flags comes first.
        known = found.setdefault(token.content, token)
        if known.id != vocab.get(token.content, token.id) or known.id != token.id:
            raise ModelError(
                f"tokenizer: the token {token.content!r} has more than one id ({known.id}, {token.id}), expected one; "
                "use the tokenizer files of one save"
            )
    inside = [token.content for token in found.values() if token.content in vocab]
    _require_roles(inside, special)
    return tuple(sorted((token for token in found.values() if token.content not in vocab), key=lambda token: token.id))


def _require_roles(inside: list[str], special: SpecialTokens) -> None:
    # A word of the vocabulary that is also cut out whole gives other ids in clients that know the vocabulary only.
    plain = sorted(set(inside) - set(vars(special).values()))
    if plain:
        raise ModelError(
            f"tokenizer: {plain[0]!r} is in the vocabulary and an added token too, expected that of the start, end, "
            "unknown and padding tokens only; use the original tokenizer"
        )
