"""The conductor: the one place that knows the order of the steps, from the registry to a published release."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from converter.actions import Convert, Keep
from converter.bill import billed_names
from converter.hub import Store, read_published, refresh_index, view_of, with_attempts
from converter.outcomes import Failed, Gathered, Made, Marked, Outcome, Released
from converter.plan import Plan, UnknownNameError
from converter.progress import Report, silent
from converter.registry import Registry
from converter.release import FolderView, ReleaseView, Verified, verify
from converter.steps import (
    NotConvertedError,
    buildable,
    exported,
    gathered,
    guarded,
    made,
    made_of_fetched,
    marked,
    refused,
    released,
)
from converter.target import Target
from converter.workshop import Workshop


def convert_planned(
    todo: Plan, workshop: Workshop, *, parity: bool = True, report: Report = silent
) -> Iterator[Made | Failed]:
    """Convert what a plan says, one entry after the other; what fails or is refused does not stop the rest."""
    yield from (refused(refusal) for refusal in todo.refusals)
    for action in todo.converts:
        yield from guarded(action.name, partial(made, action, workshop, parity=parity, report=report))


def fetch_planned(todo: Plan, workshop: Workshop, *, report: Report = silent) -> Iterator[Gathered | Failed]:
    """Fetch what a plan converts, and note beside the build what it was; then `convert_fetched` needs no network."""
    yield from (refused(refusal) for refusal in todo.refusals)
    for action in todo.converts:
        yield from guarded(action.name, partial(gathered, action, workshop, report))


def convert_fetched(
    registry: Registry, names: Sequence[str], workshop: Workshop, *, parity: bool = True, report: Report = silent
) -> Iterator[Made | Failed]:
    """Convert what was fetched before, without the network, the hub or a plan: the notes beside the build say what.

    Args:
        registry: has the entries.
        names: of the entries; none means all for which something was fetched.
        workshop: where to work.
        parity: compare every component with PyTorch.
        report: called as the work goes on.
    """
    entries = {entry.name: entry for entry in registry.entries if entry.is_release}
    for name in names or billed_names(workshop.build):

        def work(name: str = name) -> Made:
            if name not in entries:
                raise UnknownNameError(f"the name {name!r} is not in the registry; fetch what is")
            return made_of_fetched(buildable(entries[name]), workshop, parity=parity, report=report)

        yield from guarded(name, work)


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
    yield from (refused(refusal) for refusal in todo.refusals)
    entries = {entry.name: entry for entry in registry.entries if entry.is_release}
    for action in todo.actions:
        if isinstance(action, Convert | Keep):
            entry = buildable(entries[action.name])
            yield from guarded(action.name, partial(exported, entry, action.version, workshop, target, report))


def release_planned(todo: Plan, workshop: Workshop, store: Store, *, report: Report = silent) -> Iterator[Outcome]:
    """The main job: mark, convert, verify and publish what a plan says. A folder goes once its release is published."""
    yield from (refused(refusal) for refusal in todo.refusals)
    yield from mark_planned(todo, store)
    for action in todo.converts:

        def work(action: Convert = action) -> Released:
            started = time.monotonic()
            converted = made(action, workshop, parity=True, report=report)
            return released(Path(converted.folder), store, started, consume=True, report=report)

        yield from guarded(action.name, work)


def mark_planned(todo: Plan, store: Store) -> Iterator[Marked | Failed]:
    """Yank, retire and take back what a plan says; nothing is converted."""
    for action in todo.marks:
        yield from guarded(action.name, partial(marked, action, store))


def refresh_catalogue(todo: Plan, store: Store) -> Iterator[Marked | Failed]:
    """Carry out the marks of a plan, and bring index and catalogue up to the tags."""
    yield from mark_planned(todo, store)
    store.prepare()
    with_attempts(lambda: refresh_index(store), time.sleep, "write the catalogue")


def publish_planned(todo: Plan, build: Path, store: Store, *, report: Report = silent) -> Iterator[Released | Failed]:
    """Verify and publish what `convert_planned` or `convert_fetched` made of a plan; the folders stay.

    What the plan keeps is published already, which is said; what it converts and is not there fails.
    """
    yield from (refused(refusal) for refusal in todo.refusals)
    for action in todo.converts:

        def work(action: Convert = action) -> Released:
            folder = build / f"{action.name}.v{action.version}"
            if not folder.is_dir():
                raise NotConvertedError(
                    f"{action.name}: there is no folder {folder}, expected release {action.version}, which the plan "
                    f"asks for ({action.reason}); convert it first"
                )
            return released(folder, store, time.monotonic(), consume=False, report=report)

        yield from guarded(action.name, work)


def publish_folders(folders: Iterable[Path], store: Store, *, report: Report = silent) -> Iterator[Released | Failed]:
    """Verify and publish folders that were converted before; they stay where they are."""
    for folder in folders:
        work = partial(released, folder, store, time.monotonic(), consume=False, report=report)
        yield from guarded(str(folder), work)


def verify_release(what: str, store: Store, *, allow_yanked: bool = False, report: Report = silent) -> Verified:
    """Verify a folder, or a release of the hub by name; one code path for each kind of place.

    Raises:
        ReleaseError: with everything that is wrong.
        YankedRelease: it is yanked, and `allow_yanked` was not given.
        ReleaseNotFound: it is neither a folder nor a release.
    """
    return verify(looked_up(what, store, allow_yanked=allow_yanked).view, report=report)


@dataclass(frozen=True)
class LookedUp:
    """A release that can be read."""

    view: ReleaseView
    tag: str | None
    """`None` for a folder."""


def looked_up(what: str, store: Store, *, allow_yanked: bool = False) -> LookedUp:
    """A folder, or a release of the hub by name.

    Raises:
        YankedRelease: it is yanked, and `allow_yanked` was not given.
        ReleaseNotFound: it is neither.
    """
    if Path(what).is_dir():
        return LookedUp(FolderView(Path(what)), None)
    tag = read_published(store).index.find(what, allow_yanked=allow_yanked).tag
    return LookedUp(view_of(store, tag), tag)
