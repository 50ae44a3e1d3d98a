"""What is published: the tags and their manifests, with `index.json` as a cache of them."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from converter.garbage import no_search
from converter.hub.errors import FileMissing, FileTooLarge, IndexUnreadable
from converter.hub.index import Index, IndexRow, large_lines
from converter.hub.ledger import Ledger
from converter.hub.local_release import MAX_MANIFEST_BYTES, MAX_SUMS_BYTES
from converter.hub.store import INDEX_NAME, LEDGER_NAME, IndexState, Store
from converter.release.checksums import CHECKSUMS_NAME
from converter.release.errors import ReleaseError
from converter.release.manifest import MANIFEST_NAME, Manifest

TAG = re.compile(r"(?P<name>[a-z0-9][a-z0-9-]{1,63})\.v(?P<version>[1-9][0-9]{0,8})")
"""A tag of ours; others belong to somebody else and are left alone."""


@dataclass(frozen=True)
class PublishedState:
    """The releases of a hub, and what was odd about finding them."""

    index: Index
    ledger: Ledger
    notes: tuple[str, ...]
    """For a person: tags that are not releases, an index that had to be rebuilt."""


def read_published(store: Store) -> PublishedState:
    """Everything that is published, true to the tags even where `index.json` is missing, broken or behind."""
    return reconcile(store, store.tags(), store.read_index())


@no_search()
def reconcile(store: Store, tags: Mapping[str, str], state: IndexState) -> PublishedState:
    """The index that the tags ask for: rows of `state` that agree with them, and the rest read from the manifests.

    A row whose tag is gone or marks another commit is dropped. What is yanked or retired is for the ledger to say; a
    hub from before there was one has it in its index.

    Raises:
        LedgerUnreadable: a person has to look at `ledger.json`.
        HubError: a later version of this tool wrote one of them.
    """
    cached, notes = _cached(store, state)
    ledger, known, rows = _ledger(store, state, cached), cached.by_tag, []
    for tag, commit in sorted(tags.items()):
        old = known.get(tag) if TAG.fullmatch(tag) else None
        row = old if old is not None and old.commit == commit else row_of(store, tag, commit)
        if isinstance(row, IndexRow):
            rows.append(row)
        else:
            notes.append(row.note)
    moved = [row.tag for row in rows if ledger.commits.get(row.tag, row.commit) != row.commit]
    notes += [f"{store.describe()}: {tag} was moved by somebody; `verify --published` says more" for tag in moved]
    index = Index.of(rows).with_yanked(ledger.yanked)
    return PublishedState(index, ledger.with_seen({row.tag: row.commit for row in rows}), tuple(notes))


@dataclass(frozen=True)
class Foreign:
    """A tag that is no release of ours."""

    note: str


def _cached(store: Store, state: IndexState) -> tuple[Index, list[str]]:
    """What the index says, and the notes about it."""
    if state.index is None:
        return Index(), []
    try:
        return Index.from_json(state.index, f"{store.describe()}: {INDEX_NAME}"), []
    except IndexUnreadable as error:
        return Index(), [f"{error}; it is rebuilt from the tags"]


def cached_index(store: Store, state: IndexState) -> Index:
    """What `index.json` says, true or not; nothing if it cannot be read."""
    return _cached(store, state)[0]


@dataclass(frozen=True)
class HeldFile:
    """Where in a repository a file is."""

    commit: str
    path: str


def held_files(store: Store) -> Mapping[str, HeldFile]:
    """SHA-256 to a place of every large file of every release that the index knows and whose tag is where it was."""
    tags = store.tags()
    rows = (row for row in cached_index(store, store.read_index()).rows if tags.get(row.tag) == row.commit)
    return {file.sha256: HeldFile(row.commit, file.path) for row in rows for file in row.large_files}


def _ledger(store: Store, state: IndexState, cached: Index) -> Ledger:
    if state.ledger is not None:
        return Ledger.from_json(state.ledger, f"{store.describe()}: {LEDGER_NAME}")
    return Ledger(
        commits={row.tag: row.commit for row in cached.rows},
        yanked={row.tag: row.yanked for row in cached.rows if row.yanked is not None},
    )


def row_of(store: Store, tag: str, commit: str) -> IndexRow | Foreign:
    """The row that the manifest at a tag asks for."""
    if TAG.fullmatch(tag) is None:
        return Foreign(f"{store.describe()}: tag {tag} is not of the form NAME.vN; it is ignored")
    where = f"{store.describe()}: {MANIFEST_NAME} at {tag}"
    try:
        manifest = Manifest.from_json(store.read(commit, MANIFEST_NAME, MAX_MANIFEST_BYTES), where)
        sums = store.read(commit, CHECKSUMS_NAME, MAX_SUMS_BYTES)
        if manifest.tag != tag:
            return Foreign(f"{where}: the manifest is that of {manifest.tag}; the tag is ignored")
        return _row_of_manifest(manifest, commit, hashlib.sha256(sums).hexdigest())
    except (FileMissing, FileTooLarge, IndexUnreadable, ReleaseError) as error:
        return Foreign(f"{store.describe()}: tag {tag} is not a release ({error}); it is ignored")


def _row_of_manifest(manifest: Manifest, commit: str, sums_sha256: str) -> IndexRow:
    licence = manifest.asked.get("license") if isinstance(manifest.asked, Mapping) else None
    row = IndexRow(
        name=manifest.name,
        version=manifest.version,
        tag=manifest.tag,
        commit=commit,
        fingerprint=manifest.fingerprint,
        recipe=manifest.recipe,
        asked=manifest.asked,
        architecture=manifest.model.architecture,
        precision=manifest.precision,
        license=licence if isinstance(licence, str) else None,
        size_bytes=manifest.size_bytes,
        sums_sha256=sums_sha256,
        files=large_lines(manifest.files),
    )
    # A hand-made manifest may hold a number where text belongs: what could not be read back must not get into it.
    return Index.from_json(Index.of([row]).to_json(), "its manifest").rows[0]
