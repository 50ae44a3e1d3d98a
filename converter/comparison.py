"""The registry against a hub: what a run would do. Apart from the conductor, whose imports a mere look need not pay."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from converter.actions import Convert
from converter.garbage import no_search
from converter.hub import HubError, Index, LocalRelease, Store, is_behind, read_published
from converter.hub.local_release import MAX_SUMS_BYTES, open_release
from converter.plan import Plan, Published, plan
from converter.recipe import RECIPE
from converter.registry import Registry, fingerprint
from converter.release import CHECKSUMS_NAME, ReleaseError
from converter.release.checksums import read_checksums
from converter.uploads import Built, with_uploads

_log = logging.getLogger(__name__)


@no_search()
def plan_of(
    registry: Registry, store: Store, names: Iterable[str] = (), *, force: bool = False, build: Path | None = None
) -> Plan:
    """What a run would do: wanted against published, for all entries or for `names`.

    Args:
        registry: what is wanted.
        store: what is published.
        names: of entries.
        force: convert what is unchanged too.
        build: where folders are made: then the plan also says how much each of its releases will send to a hub that is
            not a folder.

    Raises:
        UnknownNameError: a name is neither wanted nor published.
        HubError: the hub cannot be read.
    """
    state = read_published(store)
    whole = plan(registry.entries, published_in(state.index), RECIPE, retired=state.ledger.retired, force=force)
    chosen = tuple(names)
    todo = whole.only(chosen) if chosen else whole
    if build is None or store.repo_id is None:
        return todo
    return with_uploads(todo, state.index.rows, _built(todo, state.index, store, build))


def _built(todo: Plan, index: Index, store: Store, build: Path) -> Mapping[str, Built]:
    """What a plan converts and an earlier run has converted already. The hub is asked once for each of these only."""
    there = {path.name for path in build.iterdir()} if build.is_dir() else set()
    folders = ((action, build / f"{action.name}.v{action.version}") for action in todo.converts)
    read = {action.name: _read(action, folder) for action, folder in folders if folder.name in there}
    return {
        name: Built(release.sizes, release.digests, _digests_before(name, index, store))
        for name, release in read.items()
        if release is not None
    }


def _read(action: Convert, folder: Path) -> LocalRelease | None:
    """A folder, if it is whole and what is asked for; converting makes any other anew."""
    try:
        release = open_release(folder)
    except (HubError, ReleaseError) as error:
        _log.debug("%s is not a finished release: %s", folder, error)
        return None
    return release if release.manifest.fingerprint == fingerprint(action.entry, RECIPE) else None


def _digests_before(name: str, index: Index, store: Store) -> Mapping[str, str]:
    versions = index.versions(name)
    if not versions:
        return {}
    sums = store.read(versions[-1].commit, CHECKSUMS_NAME, MAX_SUMS_BYTES)
    return read_checksums(sums, f"{store.describe()}: {CHECKSUMS_NAME} at {versions[-1].tag}")


@no_search()
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
