"""Are the releases of a hub still what they were, and are their sources still there? Nothing is downloaded."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TypeAlias

from converter.errors import ConverterError, ExitCode
from converter.hub import IndexRow, PublishedState, Store, view_of
from converter.hub.index import Index
from converter.hub.published import cached_index, reconcile, row_of
from converter.hub.store import INDEX_NAME
from converter.inspection import LookCache
from converter.registry import DiffusionEntry, HubSource, PlacedSource, ReleaseEntry, identity_of
from converter.release import ProblemKind, examine
from converter.sources import commit_of
from converter.workshop import Workshop


class FaultKind(StrEnum):
    """What can be wrong with a release as a whole; `ProblemKind` is about its files."""

    UNREADABLE = "unreadable"
    """Its manifest or its checksums are none."""
    MOVED = "moved"
    """Its tag marks another commit than at first."""
    GONE = "gone"
    """Its tag was deleted."""
    INDEX = "index"
    """The index says something else of it than its manifest."""
    LINK = "link"
    """A source that its entry does not pin cannot be had any more."""


@dataclass(frozen=True)
class PublishedFault:
    """One thing that is wrong with one release, or with one source of an entry."""

    release: str
    """Its tag; the name of the entry for a link."""
    kind: FaultKind | ProblemKind
    path: str
    """The file, or the source."""
    message: str

    @property
    def key(self) -> str:
        """The same for the same fault in each run, so that one issue can follow it."""
        return f"{self.release}:{self.kind}:{self.path}"


@dataclass(frozen=True)
class NoAnswer:
    """Whether it is as it should be could not be found out this time."""

    release: str
    message: str


@dataclass(frozen=True)
class Sound:
    """Nothing is wrong with this release."""

    release: str
    files: int
    size_bytes: int


Audited: TypeAlias = Sound | PublishedFault | NoAnswer
LinkLook: TypeAlias = Callable[[PlacedSource], object]
"""Looks at a source where it is, and raises what is wrong with it."""


def audit_releases(store: Store, names: Collection[str] = ()) -> Iterator[Audited]:
    """Compare every release, or those of `names` (names or tags), with its manifest, the index and the ledger.

    Sizes and digests are those that the hub has; small files, for which it has no digest, are read, and of a hub that
    is a folder every byte.

    Raises:
        ReleaseNotFound: one of `names` was never published.
        HubUnreachable: the hub does not answer at all.
        LedgerUnreadable: a person has to look at `ledger.json`.
    """
    tags, state = store.tags(), store.read_index()
    found, cached = reconcile(store, tags, state), cached_index(store, state)
    for tag in _wanted(found, names):
        if tag not in tags:
            commit = found.ledger.commits[tag]
            message = f"the tag is gone; it was at commit {commit}: make it again there, or take it out of ledger.json"
            yield PublishedFault(tag, FaultKind.GONE, "", message)
        else:
            yield from _settled(tag, store, tags[tag], _indexed(cached, found, tag), found)


def audit_links(sources: Iterable[PlacedSource], look: LinkLook) -> Iterator[PublishedFault | NoAnswer]:
    """Look whether the sources are still there that are not pinned and whose entries are not yanked."""
    seen = set()
    for placed in sources:
        where = (placed.entry.name, identity_of(placed.source))
        yanked = isinstance(placed.entry, ReleaseEntry) and placed.entry.yanked is not None
        if placed.pinned or yanked or where in seen:
            continue
        seen.add(where)
        try:
            look(placed)
        except ConverterError as error:
            yield _failed(error, where[0], FaultKind.LINK, where[1])


def look_by(workshop: Workshop) -> LinkLook:
    """The look of `audit_links` by the settings of a workshop."""

    def look(placed: PlacedSource) -> object:
        # What is in a VAE or a ControlNet is for who reads it to say: `online` has the same rule.
        of_model = isinstance(placed.owner, DiffusionEntry) and placed.is_main
        if isinstance(placed.source, HubSource) and not of_model:
            return commit_of(placed.source, workshop.access)
        return LookCache(workshop).at(placed.source)

    return look


def exit_code_of_audit(found: Iterable[Audited]) -> ExitCode:
    """A fault counts more than a missing answer."""
    kinds = {type(each) for each in found}
    if PublishedFault in kinds:
        return ExitCode.FAILED
    return ExitCode.UNREACHABLE if NoAnswer in kinds else ExitCode.DONE


def _wanted(found: PublishedState, names: Collection[str]) -> list[str]:
    known = sorted(found.ledger.commits)
    for name in names:
        if not any(name in (tag, _name(tag)) for tag in known):
            found.index.find(name, allow_yanked=True)
    return [tag for tag in known if not names or tag in names or _name(tag) in names]


def _name(tag: str) -> str:
    return tag.rpartition(".v")[0]


def _indexed(cached: Index, found: PublishedState, tag: str) -> IndexRow | None:
    return cached.with_yanked(found.ledger.yanked).by_tag.get(tag)


def _settled(tag: str, store: Store, commit: str, indexed: IndexRow | None, found: PublishedState) -> Iterator[Audited]:
    first = found.ledger.commits[tag]
    if first != commit:
        message = f"the tag marks commit {commit}, it was made at {first}; put it back, and find out who moved it"
        yield PublishedFault(tag, FaultKind.MOVED, "", message)
    try:
        faults = [*_index_faults(tag, store, commit, indexed), *_file_faults(tag, store, commit)]
        files = store.files(commit)
    except ConverterError as error:
        yield _failed(error, tag, FaultKind.UNREADABLE, "")
        return
    yield from faults
    if not faults and first == commit:
        yield Sound(tag, len(files), sum(file.size_bytes for file in files))


def _index_faults(tag: str, store: Store, commit: str, indexed: IndexRow | None) -> Iterator[PublishedFault]:
    row = row_of(store, tag, commit)
    if not isinstance(row, IndexRow):
        yield PublishedFault(tag, FaultKind.UNREADABLE, "", row.note)
        return
    said, true = (_without_marks(each) for each in (indexed, row))
    if said != true:
        differ = "it is missing" if not said else ", ".join(key for key in true if said[key] != true[key])
        message = f"what the index says is not what the manifest says ({differ}); `catalogue` writes it anew"
        yield PublishedFault(tag, FaultKind.INDEX, INDEX_NAME, message)


def _without_marks(row: IndexRow | None) -> Mapping[str, object]:
    return {key: value for key, value in asdict(row).items() if key != "yanked"} if row else {}


def _file_faults(tag: str, store: Store, commit: str) -> Iterator[PublishedFault]:
    examined = examine(view_of(store, commit))
    yield from (PublishedFault(tag, problem.kind, problem.path, problem.text) for problem in examined.problems)


def _failed(error: ConverterError, release: str, kind: FaultKind, path: str) -> PublishedFault | NoAnswer:
    if error.exit_code is ExitCode.UNREACHABLE:
        return NoAnswer(release, str(error))
    return PublishedFault(release, kind, path, str(error))
