"""Bringing what lies on `main` up to the tags: the index, the ledger and the catalogue, in one compare-and-swap."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

from converter.hub.catalogue import catalogue
from converter.hub.index import Index
from converter.hub.ledger import Ledger
from converter.hub.published import PublishedState, reconcile
from converter.hub.store import CATALOGUE_NAME, INDEX_NAME, LEDGER_NAME, Store

Change: TypeAlias = Callable[[Ledger, Index], Ledger]
"""What becomes of the ledger; the index has every release that there is at that moment."""


def unchanged(ledger: Ledger, index: Index) -> Ledger:
    """No decision was made."""
    del index
    return ledger


def is_behind(store: Store) -> bool:
    """Whether what lies on `main` is not what the tags ask for, so that `refresh_index` would write.

    Raises:
        LedgerUnreadable: a person has to look at `ledger.json`.
    """
    state = store.read_index()
    found = reconcile(store, store.tags(), state)
    return (found.index.to_json(), found.ledger.to_json()) != (state.index, state.ledger)


def refresh_index(
    store: Store, *, certain: Mapping[str, str] | None = None, change: Change = unchanged
) -> PublishedState:
    """Bring `main` up to the tags and to a change of the ledger, in one commit; none if there is nothing to write.

    Args:
        store: the hub.
        certain: tags that we have just seen made, in case the listing is a little behind.
        change: a decision about releases.

    Raises:
        Moved: somebody else was writing; start over.
        LedgerUnreadable: a person has to look at `ledger.json`.
    """
    state = store.read_index()
    found = reconcile(store, {**store.tags(), **(certain or {})}, state)
    ledger = change(found.ledger, found.index)
    index = found.index.with_yanked(ledger.yanked)
    data, book = index.to_json(), ledger.to_json()
    if (data, book) != (state.index, state.ledger):
        page = catalogue(index, ledger.retired, store.repo_id)
        store.replace_index({CATALOGUE_NAME: page, LEDGER_NAME: book, INDEX_NAME: data}, state.token)
    return PublishedState(index, ledger, found.notes)
