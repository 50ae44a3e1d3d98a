"""The known word that a person probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

_LONGEST = 64


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The one of `known` that is most like `word` without regard to case, or `None` when none is like it."""
    return _nearest(word, tuple(known)) if len(word) <= _LONGEST else None


@lru_cache(maxsize=256)  # the same slip is often made in every entry, and comparing is slow
def _nearest(word: str, known: tuple[str, ...]) -> str | None:
    by_folded = {name.casefold(): name for name in known}
    matches = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'source'?`, or nothing."""
    guess = nearest(word, known)
    return f"; did you mean '{guess}'?" if guess else ""
