"""The registry against a hub: what a run would do. Apart from the conductor, whose imports a mere look need not pay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from converter.hub import Index, Store, is_behind, read_published
from converter.plan import Plan, Published, plan
from converter.recipe import RECIPE
from converter.registry import Registry


def plan_of(registry: Registry, store: Store, names: Iterable[str] = (), *, force: bool = False) -> Plan:
    """What a run would do: wanted against published, for all entries or for `names`.

    Raises:
        UnknownNameError: a name is neither wanted nor published.
        HubError: the hub cannot be read.
    """
    state = read_published(store)
    whole = plan(registry.entries, published_in(state.index), RECIPE, retired=state.ledger.retired, force=force)
    chosen = tuple(names)
    return whole.only(chosen) if chosen else whole


def published_in(index: Index) -> Mapping[str, Sequence[Published]]:
    """The releases of each name, as planning takes them."""
    published: dict[str, list[Published]] = {}
    for row in index.rows:
        release = Published(row.name, row.version, row.fingerprint, row.recipe, row.asked, row.yanked)
        published.setdefault(row.name, []).append(release)
    return published


def catalogue_due(todo: Plan, store: Store) -> bool:
    """Whether a run leaves something for `refresh_catalogue`: a release, a mark, or what an earlier run left undone."""
    return bool(todo.converts or todo.marks) or is_behind(store)
