"""A CLIP tokenizer as a value, and the four files that every client of an ONNX pipeline reads it from."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from converter.canonical import JsonObject, readable_json
from converter.models.errors import ModelError

START_TOKEN = "<|startoftext|>"  # noqa: S105 - not a password
END_TOKEN = "<|endoftext|>"  # noqa: S105 - not a password
MERGES_HEADER = "#version: 0.2"


@dataclass(frozen=True)
class AddedToken:
    """A token beyond the vocabulary, which is cut out of a prompt before the merges see it."""

    content: str
    id: int
    lstrip: bool = False
    """Whether blanks on its left belong to it."""
    rstrip: bool = False
    normalized: bool = True
    """Whether it is looked for in the normalised (lower case) text."""
    single_word: bool = False
    special: bool = False

    def to_json(self) -> JsonObject:
        """Everything but the id, in the order of `tokenizer_config.json`."""
        return {
            "content": self.content,
            "lstrip": self.lstrip,
            "normalized": self.normalized,
            "rstrip": self.rstrip,
            "single_word": self.single_word,
            "special": self.special,
        }


@dataclass(frozen=True)
class SpecialTokens:
    """The four tokens that have a role."""

    bos: str = START_TOKEN
    eos: str = END_TOKEN
    unk: str = END_TOKEN
    pad: str = END_TOKEN


@dataclass(frozen=True)
class ClipTokenizer:
    """What decides the ids of a prompt. Equal tokenizers have equal files, whatever dialect they were read from."""

    vocab: Mapping[str, int]
    merges: tuple[tuple[str, str], ...]
    """In order of rank."""
    added: tuple[AddedToken, ...] = ()
    """In order of id; the first follows the vocabulary."""
    special: SpecialTokens = SpecialTokens()
    context: int = 77
    """Longest prompt in tokens, start and end included."""

    @property
    def size(self) -> int:
        """How many tokens it has: the id that the next one gets."""
        return len(self.vocab) + len(self.added)

    def with_tokens(self, tokens: Sequence[str]) -> "ClipTokenizer":
        """The same tokenizer with more tokens, whose ids follow the last one in the order given.

        Every reader takes the longest of the tokens that fit (`cubex-10` before `cubex-1` before `cubex`), anywhere in
        a word. They are looked for in the lower-case text, so that `Toy` is found in any case, except by the slow
        tokenizer of transformers 4 (onnx-web's), which finds a token only as it is written here. Readers of
        `vocab.json` and `merges.txt` alone (OnnxStack) do not know them: a token is no sequence of merges.

        Raises:
            ModelError: a token is there already, or is not written as every reader reads it.
        """
        known = {word.lower() for word in (*self.vocab, *(token.content for token in self.added))}
        for token in tokens:
            _require_writable(token)
            if token.lower() in known:
                raise ModelError(
                    f"tokenizer: the token {token!r} exists already (CLIP does not tell case), expected a new one; "
                    "give it another name, such as one with a number"
                )
        if len(set(tokens)) < len(tokens):
            raise ModelError(f"tokenizer: of the {len(tokens)} new tokens some are there twice; list each once")
        more = tuple(AddedToken(token, number) for number, token in enumerate(tokens, start=self.size))
        return replace(self, added=self.added + more)

    def files(self) -> Mapping[str, bytes]:
        """The files of a `tokenizer/` folder, by name: the same bytes for the same tokenizer on any machine."""
        files = {
            "merges.txt": "\n".join([MERGES_HEADER, *map(" ".join, self.merges), ""]).encode(),
            "special_tokens_map.json": readable_json(self._special_tokens_map()),
            "tokenizer_config.json": readable_json(self._config()),
            # Sorted by token, as transformers 4 wrote it: the digest is that of the folders on the Hub.
            "vocab.json": (json.dumps(self.vocab, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode(),
        }
        if self.added:
            files["added_tokens.json"] = readable_json({token.content: token.id for token in self.added})
        return files

    def require_consistent(self) -> None:
        """Check that every reader makes the same of it.

        Raises:
            ModelError: ids have holes, a merge or a special token is not in the vocabulary, something is there twice.
        """
        _require_ids(self.vocab)
        _require_merges(self.merges, self.vocab)
        _require_added(self.added, self.vocab)
        known = {*self.vocab, *(token.content for token in self.added)}
        for role, token in vars(self.special).items():
            if token not in known:
                raise ModelError(
                    f"tokenizer: the {role} token {token!r} is not in the vocabulary; add it to vocab.json"
                )

    def _special_tokens_map(self) -> JsonObject:
        def entry(token: str) -> JsonObject:
            return {"content": token, "lstrip": False, "normalized": True, "rstrip": False, "single_word": False}

        return {
            "bos_token": entry(self.special.bos),
            "eos_token": entry(self.special.eos),
            "pad_token": self.special.pad,
            "unk_token": entry(self.special.unk),
        }

    def _config(self) -> JsonObject:
        roles = {name: value for name, value in self._special_tokens_map().items() if name != "pad_token"}
        marked = {
            name: {"__type": "AddedToken", **value} for name, value in roles.items() if isinstance(value, Mapping)
        }
        config: dict[str, object] = {
            "add_prefix_space": False,
            "do_lower_case": True,
            "errors": "replace",
            "model_max_length": self.context,
            "pad_token": self.special.pad,
            "tokenizer_class": "CLIPTokenizer",
            **marked,
        }
        if self.added:
            config["added_tokens_decoder"] = self._decoder()
        return dict(sorted(config.items()))  # type: ignore[arg-type]  # every value above is JSON

    def _decoder(self) -> JsonObject:
        # Once the key is there, transformers takes the special tokens from it too, so they are listed as well.
        roles = {
            self.vocab[token]: AddedToken(token, self.vocab[token], special=True)
            for token in (self.special.bos, self.special.eos, self.special.unk)
            if token in self.vocab
        }
        tokens = {**roles, **{token.id: token for token in self.added}}
        return {str(number): token.to_json() for number, token in sorted(tokens.items())}


def _require_writable(token: str) -> None:
    # Readers squeeze blanks and compose characters before they look for a token, or do not: so neither may matter.
    if not token or " ".join(token.split()) != token or not token.isprintable():
        raise ModelError(
            f"tokenizer: the token {token!r} is empty, or has blanks that readers drop, or characters that do not "
            "print, expected a word; correct `token`"
        )
    if unicodedata.normalize("NFC", token) != token:
        raise ModelError(f"tokenizer: the token {token!r} is not in Unicode's NFC; write it in composed characters")


def _require_ids(vocab: Mapping[str, int]) -> None:
    for expected, (number, token) in enumerate(sorted((number, token) for token, number in vocab.items())):
        if number != expected:
            raise ModelError(
                f"tokenizer vocabulary: {token!r} has id {number} where {expected} is next, expected the ids "
                f"0 to {len(vocab) - 1} once each; use the tokenizer that belongs to the model"
            )


def _require_merges(merges: tuple[tuple[str, str], ...], vocab: Mapping[str, int]) -> None:
    seen: set[tuple[str, str]] = set()
    for rank, (left, right) in enumerate(merges, start=1):
        for symbol in (left, right, left + right):
            if symbol not in vocab:
                raise ModelError(
                    f"tokenizer merge {rank} ({left!r} + {right!r}): {symbol!r} is not in the vocabulary; "
                    "use vocab.json and merges.txt of one tokenizer"
                )
        if (left, right) in seen:
            raise ModelError(
                f"tokenizer merge {rank} ({left!r} + {right!r}) is there twice; use the original merges.txt"
            )
        seen.add((left, right))


def _require_added(added: tuple[AddedToken, ...], vocab: Mapping[str, int]) -> None:
    for expected, token in enumerate(added, start=len(vocab)):
        if token.id != expected:
            raise ModelError(
                f"tokenizer: the added token {token.content!r} has id {token.id}, expected {expected}, the next "
                "free one after the vocabulary; use the tokenizer that belongs to the model"
            )
