"""Marking releases: yanked, good again, retired, asked for again. Their files, tags and manifests stay as they are."""

import time
from collections.abc import Sequence

from converter.hub.attempts import Pause, with_attempts
from converter.hub.card_mark import mark_card
from converter.hub.index import Index
from converter.hub.ledger import Ledger
from converter.hub.refresh import Change, refresh_index
from converter.hub.store import Store


def yank(store: Store, name: str, reason: str, *, pause: Pause = time.sleep) -> tuple[str, ...]:
    """Mark every release of a name as one that nobody should take any more; their tags.

    The card on the entry's branch comes first and the ledger last, so that a run that was cut off is planned again.

    Raises:
        HubUnreachable: the hub did not answer, or somebody else was writing, five times.
        LedgerUnreadable: a person has to look at `ledger.json`.
    """
    return _marked(store, name, reason, lambda ledger, index: ledger.with_yanked(_tags(index, name), reason), pause)


def unyank(store: Store, name: str, *, pause: Pause = time.sleep) -> tuple[str, ...]:
    """Take the mark off every release of a name; their tags. Raises what `yank` does."""
    return _marked(store, name, None, lambda ledger, index: ledger.without_yanked(_tags(index, name)), pause)


def retire(store: Store, name: str, *, pause: Pause = time.sleep) -> tuple[str, ...]:
    """Move a name from the catalogue's table to those that nothing asks for; its tags. Raises what `yank` does."""
    return _written(store, name, lambda ledger, index: _retired(ledger, index, name), pause)


def unretire(store: Store, name: str, *, pause: Pause = time.sleep) -> tuple[str, ...]:
    """Move a name back into the catalogue's table; its tags. Raises what `yank` does."""
    return _written(store, name, lambda ledger, _: ledger.without_retired(name), pause)


def _retired(ledger: Ledger, index: Index, name: str) -> Ledger:
    return ledger.with_retired(name) if index.versions(name) else ledger


def _marked(store: Store, name: str, reason: str | None, change: Change, pause: Pause) -> tuple[str, ...]:
    def attempt() -> Sequence[str]:
        mark_card(store, name, reason)
        return _tags(refresh_index(store, change=change).index, name)

    return tuple(with_attempts(attempt, pause, f"mark {name}"))


def _written(store: Store, name: str, change: Change, pause: Pause) -> tuple[str, ...]:
    def attempt() -> Sequence[str]:
        return _tags(refresh_index(store, change=change).index, name)

    return tuple(with_attempts(attempt, pause, f"mark {name}"))


def _tags(index: Index, name: str) -> Sequence[str]:
    return [row.tag for row in index.versions(name)]
