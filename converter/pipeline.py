"""The conductor: the one place that knows the order of the steps, from the registry to a published release."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, assert_never

from converter.actions import Convert, Keep, Mark, Refuse, Retire, Unretire, Unyank, Yank
from converter.convert import convert_entry
from converter.errors import ConverterError, ExitCode
from converter.export import export_entry
from converter.hub import (
    Index,
    Store,
    publish,
    read_published,
    refresh_index,
    retire,
    unretire,
    unyank,
    view_of,
    with_attempts,
    yank,
)
from converter.outcomes import Failed, Made, Marked, Outcome, Released
from converter.plan import Plan, Published, plan
from converter.progress import Report, silent
from converter.recipe import RECIPE
from converter.registry import ControlEntry, DiffusionEntry, Entry, Registry
from converter.release import FolderView, ReleaseView, Verified, verify
from converter.target import Target
from converter.workshop import Workshop

_Result = TypeVar("_Result", Made, Released, Marked)


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


def convert_planned(
    todo: Plan, workshop: Workshop, *, parity: bool = True, report: Report = silent
) -> Iterator[Made | Failed]:
    """Convert what a plan says, one entry after the other; what fails or is refused does not stop the rest."""
    yield from (_refused(refusal) for refusal in todo.refusals)
    for action in todo.converts:

        def work(action: Convert = action) -> Made:
            return _made(action, workshop, parity=parity, report=report)

        yield from _guarded(action.name, work)


def export_planned(
    todo: Plan, registry: Registry, workshop: Workshop, target: Target, *, report: Report = silent
) -> Iterator[Made | Failed]:
    """Make a checkpoint or a diffusers folder of what a plan converts, and of what it keeps: that is not there either.

    Args:
        todo: the plan; its versions are those of the files.
        registry: has the entries that the plan keeps.
        workshop: where to work.
        target: what to make.
        report: called as the work goes on.
    """
    yield from (_refused(refusal) for refusal in todo.refusals)
    entries = {entry.name: entry for entry in registry.entries if entry.is_release}
    for action in todo.actions:
        if isinstance(action, Convert | Keep):
            entry = _buildable(entries[action.name])

            def work(entry: DiffusionEntry | ControlEntry = entry, number: int = action.version) -> Made:
                return _exported(entry, number, workshop, target, report)

            yield from _guarded(action.name, work)


def release_planned(todo: Plan, workshop: Workshop, store: Store, *, report: Report = silent) -> Iterator[Outcome]:
    """The main job: mark, convert, verify and publish what a plan says. A folder goes once its release is published."""
    yield from (_refused(refusal) for refusal in todo.refusals)
    yield from mark_planned(todo, store)
    for action in todo.converts:

        def work(action: Convert = action) -> Released:
            started = time.monotonic()
            made = _made(action, workshop, parity=True, report=report)
            return _released(Path(made.folder), store, started, consume=True, report=report)

        yield from _guarded(action.name, work)


def mark_planned(todo: Plan, store: Store) -> Iterator[Marked | Failed]:
    """Yank, retire and take back what a plan says; nothing is converted."""
    for action in todo.marks:

        def work(action: Mark = action) -> Marked:
            return _marked(action, store)

        yield from _guarded(action.name, work)


def refresh_catalogue(todo: Plan, store: Store) -> Iterator[Marked | Failed]:
    """Carry out the marks of a plan, and bring index and catalogue up to the tags."""
    yield from mark_planned(todo, store)
    store.prepare()
    with_attempts(lambda: refresh_index(store), time.sleep, "write the catalogue")


def publish_folders(folders: Iterable[Path], store: Store, *, report: Report = silent) -> Iterator[Released | Failed]:
    """Verify and publish folders that were converted before; they stay where they are."""
    for folder in folders:

        def work(folder: Path = folder) -> Released:
            return _released(folder, store, time.monotonic(), consume=False, report=report)

        yield from _guarded(str(folder), work)


def verify_release(what: str, store: Store, *, allow_yanked: bool = False, report: Report = silent) -> Verified:
    """Verify a folder, or a release of the hub by name; one code path for each kind of place.

    Raises:
        ReleaseError: with everything that is wrong.
        YankedRelease: it is yanked, and `allow_yanked` was not given.
        ReleaseNotFound: it is neither a folder nor a release.
    """
    return verify(_view(what, store, allow_yanked=allow_yanked), report=report)


def _buildable(entry: Entry) -> DiffusionEntry | ControlEntry:
    if not isinstance(entry, DiffusionEntry | ControlEntry):
        raise TypeError(f"{entry.name}: {type(entry).__name__} should have been refused by the plan")
    return entry


def _exported(
    entry: DiffusionEntry | ControlEntry, number: int, workshop: Workshop, target: Target, report: Report
) -> Made:
    started = time.monotonic()
    exported = export_entry(entry, number, workshop, target, report=report)
    return Made(
        name=entry.name,
        tag=exported.record.identity.tag,
        folder=exported.path,
        size_bytes=exported.record.size_bytes,
        reused=exported.reused,
        seconds=time.monotonic() - started,
    )


def _made(action: Convert, workshop: Workshop, *, parity: bool, report: Report) -> Made:
    started = time.monotonic()
    converted = convert_entry(_buildable(action.entry), action.version, workshop, parity=parity, report=report)
    return Made(
        name=action.name,
        tag=converted.manifest.tag,
        folder=converted.folder,
        size_bytes=converted.manifest.size_bytes,
        reused=converted.reused,
        seconds=time.monotonic() - started,
    )


def _released(folder: Path, store: Store, started: float, *, consume: bool, report: Report) -> Released:
    verified = verify(FolderView(folder), report=report)
    published = publish(store, folder, consume=consume, verified=True, report=report)
    if consume and folder.exists():
        shutil.rmtree(folder)
    return Released(
        name=verified.manifest.name,
        tag=published.tag,
        commit=published.commit,
        already=published.already,
        size_bytes=verified.size_bytes,
        seconds=time.monotonic() - started,
    )


def _guarded(name: str, work: Callable[[], _Result]) -> Iterator[_Result | Failed]:
    """Run one piece of work; what our rooms and the system complain about is an outcome, anything else is a bug."""
    try:
        yield work()
    except ConverterError as error:
        yield Failed(name, str(error), error.exit_code)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        yield Failed(name, f"{error.strerror or error}{where}; make it possible and run this again", ExitCode.FAILED)


def _refused(refusal: Refuse) -> Failed:
    return Failed(refusal.name, f"line {refusal.location.line}: {refusal.reason}", ExitCode.FAILED)


def _marked(action: Mark, store: Store) -> Marked:
    match action:
        case Yank():
            return Marked(action.name, "yanked", yank(store, action.name, action.reason), action.reason)
        case Unyank():
            return Marked(action.name, "unyanked", unyank(store, action.name), action.reason)
        case Retire():
            return Marked(action.name, "retired", retire(store, action.name), action.reason)
        case Unretire():
            return Marked(action.name, "unretired", unretire(store, action.name), action.reason)
        case _:
            assert_never(action)


def _view(what: str, store: Store, *, allow_yanked: bool) -> ReleaseView:
    if Path(what).is_dir():
        return FolderView(Path(what))
    return view_of(store, read_published(store).index.find(what, allow_yanked=allow_yanked).tag)
