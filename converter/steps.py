"""The steps of a run for one entry: fetch, convert, export, publish or mark it, and what became of it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, assert_never

from converter.actions import Convert, Mark, Refuse, Retire, Unretire, Unyank, Yank
from converter.bill import bill_of, read_bill, write_bill
from converter.convert import Converted, convert_entry
from converter.errors import ConverterError, ExitCode
from converter.export import export_entry
from converter.files import size_of
from converter.hub import Store, publish, retire, unretire, unyank, yank
from converter.ingredients import gather
from converter.outcomes import Failed, Gathered, Made, Marked, Released
from converter.progress import Report
from converter.registry import ControlEntry, DiffusionEntry, Entry
from converter.release import FolderView, readable_size, verify
from converter.review import DISK_LIMIT_GB
from converter.stopwatch import Stopwatch
from converter.target import Target
from converter.workshop import Workshop

_Result = TypeVar("_Result", Gathered, Made, Released, Marked)


class NotFetchedError(ConverterError):
    """Something is to be converted without a network that was not fetched before."""


class DiskLimitError(ConverterError):
    """An entry takes more room than it may."""


class NotConvertedError(ConverterError):
    """A release is to be published whose folder was never made."""


def guarded(name: str, work: Callable[[], _Result]) -> Iterator[_Result | Failed]:
    """Run one piece of work; what our rooms and the system complain about is an outcome, anything else is a bug."""
    try:
        yield work()
    except ConverterError as error:
        yield Failed(name, str(error), error.exit_code)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        yield Failed(name, f"{error.strerror or error}{where}; make it possible and run this again", ExitCode.FAILED)


def refused(refusal: Refuse) -> Failed:
    """What a plan refuses, as a failure of the run."""
    return Failed(refusal.name, f"line {refusal.location.line}: {refusal.reason}", ExitCode.FAILED)


def buildable(entry: Entry) -> DiffusionEntry | ControlEntry:
    """An entry that a plan converts, as what it must be."""
    if not isinstance(entry, DiffusionEntry | ControlEntry):
        raise TypeError(f"{entry.name}: {type(entry).__name__} should have been refused by the plan")
    return entry


def exported(
    entry: DiffusionEntry | ControlEntry, number: int, workshop: Workshop, target: Target, report: Report
) -> Made:
    """Make a checkpoint or a diffusers folder of an entry."""
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


def gathered(action: Convert, workshop: Workshop, report: Report) -> Gathered:
    """Fetch what an entry names, and write the bill of it."""
    started, watch = time.monotonic(), Stopwatch(report)
    entry = buildable(action.entry)
    bill = bill_of(entry, action.version, gather(entry, workshop, watch))
    write_bill(bill, workshop.build)
    size_bytes = sum(size_of(each.path) for each in bill.fetched)
    _require_within_disk(entry, size_bytes, "its sources have")
    return Gathered(action.name, bill.tag, size_bytes, time.monotonic() - started, watch.stages())


def made_of_fetched(entry: DiffusionEntry | ControlEntry, workshop: Workshop, *, parity: bool, report: Report) -> Made:
    """Convert an entry of what was fetched for it.

    Raises:
        NotFetchedError: nothing was.
    """
    bill = read_bill(entry.name, workshop.build)
    if bill is None:
        raise NotFetchedError(
            f"{entry.name}: nothing was fetched for it, expected a note in {workshop.build}; fetch it, and if that "
            "says it is published already, leave it out"
        )
    started, watch = time.monotonic(), Stopwatch(report)
    fetched = bill.ingredients(entry)
    converted = convert_entry(entry, bill.version, workshop, parity=parity, fetched=fetched, report=watch)
    return _made_of(entry, converted, started, watch)


def made(action: Convert, workshop: Workshop, *, parity: bool, report: Report) -> Made:
    """Fetch and convert an entry."""
    started, watch = time.monotonic(), Stopwatch(report)
    entry = buildable(action.entry)
    converted = convert_entry(entry, action.version, workshop, parity=parity, report=watch)
    return _made_of(entry, converted, started, watch)


def _made_of(entry: DiffusionEntry | ControlEntry, converted: Converted, started: float, watch: Stopwatch) -> Made:
    manifest = converted.manifest
    sources = sum(file.size_bytes for source in manifest.sources for file in source.files)
    try:
        _require_within_disk(entry, sources + manifest.size_bytes, "its sources and its release have")
    except DiskLimitError:
        shutil.rmtree(converted.folder)
        raise
    return Made(
        name=manifest.name,
        tag=manifest.tag,
        folder=converted.folder,
        size_bytes=manifest.size_bytes,
        reused=converted.reused,
        seconds=time.monotonic() - started,
        manifest=manifest,
        stages=watch.stages(),
        compared_before=converted.compared_before,
    )


def _require_within_disk(entry: DiffusionEntry | ControlEntry, size_bytes: int, what: str) -> None:
    limit_gb = (entry.limits.disk_gb if entry.limits else None) or DISK_LIMIT_GB
    if size_bytes > limit_gb * 10**9:
        raise DiskLimitError(
            f"{entry.name}: {what} {readable_size(size_bytes)}, expected at most {limit_gb:g} GB; "
            "raise `limits.disk_gb`"
        )


def released(folder: Path, store: Store, started: float, *, consume: bool, report: Report) -> Released:
    """Verify and publish a folder, which goes if `consume` is set."""
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
        manifest=verified.manifest,
        sent_bytes=published.sent_bytes,
    )


def marked(action: Mark, store: Store) -> Marked:
    """Carry out what a plan says about releases that are published."""
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
