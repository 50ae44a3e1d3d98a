"""The conductor: the one place that knows the order of the steps, from the registry to a published release."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from converter.convert import Workshop, convert_entry
from converter.errors import ConverterError, ExitCode
from converter.hub import Store, publish, read_published, view_of
from converter.outcomes import Failed, Made, Outcome, Released
from converter.plan import Convert, Plan, Published, Refuse, plan
from converter.progress import Report, silent
from converter.recipe import RECIPE
from converter.registry import DiffusionEntry, Registry
from converter.release import FolderView, ReleaseView, Verified, verify

_Result = TypeVar("_Result", Made, Released)


def plan_of(registry: Registry, store: Store, names: Iterable[str] = (), *, force: bool = False) -> Plan:
    """What a run would do: wanted against published, for all entries or for `names`.

    Raises:
        UnknownNameError: a name is neither wanted nor published.
        HubError: the hub cannot be read.
    """
    rows = read_published(store).index.rows
    published: dict[str, list[Published]] = {}
    for row in rows:
        release = Published(row.name, row.version, row.fingerprint, row.recipe, row.asked, row.yanked)
        published.setdefault(row.name, []).append(release)
    whole = plan(registry.entries, published, RECIPE, force=force)
    chosen = tuple(names)
    return whole.only(chosen) if chosen else whole


def convert_planned(
    todo: Plan, workshop: Workshop, *, parity: bool = True, report: Report = silent
) -> Iterator[Made | Failed]:
    """Convert what a plan says, one entry after the other; what fails or is refused does not stop the rest."""
    yield from (_refused(refusal) for refusal in todo.refusals)
    for action in todo.converts:

        def work(action: Convert = action) -> Made:
            return _made(action, workshop, parity=parity, report=report)

        yield from _guarded(action.name, work)


def release_planned(todo: Plan, workshop: Workshop, store: Store, *, report: Report = silent) -> Iterator[Outcome]:
    """The main job: convert, verify and publish what a plan says. A folder goes once its release is published."""
    yield from (_refused(refusal) for refusal in todo.refusals)
    for action in todo.converts:

        def work(action: Convert = action) -> Released:
            started = time.monotonic()
            made = _made(action, workshop, parity=True, report=report)
            return _released(Path(made.folder), store, started, consume=True, report=report)

        yield from _guarded(action.name, work)


def publish_folders(folders: Iterable[Path], store: Store, *, report: Report = silent) -> Iterator[Released | Failed]:
    """Verify and publish folders that were converted before; they stay where they are."""
    for folder in folders:

        def work(folder: Path = folder) -> Released:
            return _released(folder, store, time.monotonic(), consume=False, report=report)

        yield from _guarded(str(folder), work)


def verify_release(what: str, store: Store, *, report: Report = silent) -> Verified:
    """Verify a folder, or a release of the hub by name; one code path for each kind of place.

    Raises:
        ReleaseError: with everything that is wrong.
        ReleaseNotFound: it is neither a folder nor a release.
    """
    return verify(_view(what, store), report=report)


def _made(action: Convert, workshop: Workshop, *, parity: bool, report: Report) -> Made:
    if not isinstance(action.entry, DiffusionEntry):
        raise TypeError(f"{action.name}: {type(action.entry).__name__} should have been refused by the plan")
    started = time.monotonic()
    converted = convert_entry(action.entry, action.version, workshop, parity=parity, report=report)
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


def _view(what: str, store: Store) -> ReleaseView:
    if Path(what).is_dir():
        return FolderView(Path(what))
    return view_of(store, read_published(store).index.find(what).tag)
