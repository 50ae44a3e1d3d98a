"""The conductor of `review`: the order of the steps, from two registries to what a pull request means."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from converter.comparison import plan_of
from converter.errors import ConverterError, ExitCode
from converter.hub import Store
from converter.plan import Plan
from converter.pull_request.looks import Looks, Sighting
from converter.pull_request.reviewed import NoText, Proposal, Reviewed, Text
from converter.registry import (
    Entry,
    Finding,
    Location,
    PlacedSource,
    Registry,
    Severity,
    SourcedEntry,
    load_registry,
    placed_sources,
    printable,
)
from converter.review import (
    LOOKS_LIMIT,
    Concern,
    Weight,
    amount_complaint,
    by_weight,
    changed_entries,
    concern,
    disk_concern,
    download_concern,
    mixed_concern,
    review,
)
from converter.validation import Validation

_TOP = Location(1, 1, "$")
_ENTRY = re.compile(r"\$\.\w+(?:\[\d+\]|\.\w+)")
"""Path of the entry that a path leads into."""


@dataclass(frozen=True)
class _Outlook:
    """What a run after the merge would do."""

    plan: Plan | None
    empty_hub: str | None
    concerns: tuple[Concern, ...]


def examine(proposal: Proposal, store: Store, looks: Looks) -> Reviewed:
    """Review a pull request: nothing is raised, and nothing is written anywhere.

    The text of the whole registry counts, as does the plan for it; sources are looked at if they belong to entries
    that are new or changed. A registry with errors is compared with the other all the same, so that one run says all.
    """
    if (unread := _unread(proposal)) is not None:
        return unread_review(proposal.file, *unread, changed_paths=proposal.changed_paths)
    data = _data(proposal.head)
    head, base = load_registry(data, proposal.file), load_registry(_data(proposal.base), proposal.file)
    touched = changed_entries(base, head).touched
    concerns = review(base, head, proposal.changed_paths)
    if head.errors:
        concerns = by_weight([*concerns, *_invalid(head.findings)])
        return Reviewed(concerns, touched, changed_paths=proposal.changed_paths)
    state = Reviewed(concerns, touched, changed_paths=proposal.changed_paths)
    return _looked_at(state, proposal, store, looks)


def unread_review(file: str, title: str, message: str, *, changed_paths: tuple[str, ...] = ()) -> Reviewed:
    """The review of a pull request whose registry is not read."""
    failure = concern(Weight.FAILURE, title, file, _TOP, message)
    concerns = by_weight([failure, *mixed_concern(file, changed_paths)])
    return Reviewed(concerns, changed_paths=changed_paths)


def _unread(proposal: Proposal) -> tuple[str, str] | None:
    """Why the registry as it will be is not read."""
    match proposal.head:
        case NoText(message=message):
            return "No registry", message
        case Text(data=data, size_bytes=size_bytes) if too_much := amount_complaint(data, size_bytes):
            return "Registry too large", too_much
        case _:
            return None


def _data(text: Text | NoText) -> bytes:
    """Of a registry without entries if it is missing, or too much to be read."""
    if isinstance(text, NoText) or amount_complaint(text.data, text.size_bytes):
        return b"{}"
    return text.data


def _looked_at(state: Reviewed, proposal: Proposal, store: Store, looks: Looks) -> Reviewed:
    sourced = [entry for entry in state.touched if isinstance(entry, SourcedEntry)]
    chosen = sourced[:LOOKS_LIMIT]
    names = tuple(dict.fromkeys(entry.name for entry in chosen))
    found = looks.validated(_data(proposal.head), proposal.file, names)
    sources = placed_sources(found.registry)
    ours = _of(chosen, sources, found)
    sightings, blanks = _sightings(ours, looks, proposal.file)
    touched = frozenset(entry.location.path for entry in state.touched)
    outlook = _plan(found.registry, store, touched)
    more = [*_checked(found, touched), *blanks, *outlook.concerns, *_sizes(sightings, proposal.file)]
    if len(sourced) > LOOKS_LIMIT:
        message = f"found {len(sourced)} new or changed entries, only the first {LOOKS_LIMIT} were looked at"
        more.append(concern(Weight.PERSON, "Many entries", proposal.file, _TOP, message))
    return replace(
        state,
        concerns=by_weight([*state.concerns, *more]),
        plan=outlook.plan,
        empty_hub=outlook.empty_hub,
        sources=sources,
        sightings=sightings,
        pins={placed: found.known[placed] for placed in ours if placed in found.known and _can_be_pinned(placed)},
    )


def _of(entries: Iterable[Entry], sources: Iterable[PlacedSource], found: Validation) -> list[PlacedSource]:
    """The sources of `entries` that nothing is wrong with."""
    paths = {entry.location.path for entry in entries}
    wrong = {error.path for error in found.errors}
    return [each for each in sources if each.entry.location.path in paths and each.location.path not in wrong]


def _can_be_pinned(placed: PlacedSource) -> bool:
    return not placed.pinned and placed.obstacle is None


def _sightings(
    sources: Iterable[PlacedSource], looks: Looks, file: str
) -> tuple[dict[PlacedSource, Sighting], list[Concern]]:
    """What the sources are; and those of which nobody can tell, although no check found anything wrong with them."""
    seen: dict[PlacedSource, Sighting] = {}
    blanks = []
    for _, of_entry in groupby(sources, key=lambda placed: placed.entry.location):
        for placed, found in looks.seen(list(of_entry)).items():
            if isinstance(found, Sighting):
                seen[placed] = found
            else:
                blanks.append(_blank(placed, found, file))
    return seen, blanks


def _sizes(sightings: Mapping[PlacedSource, Sighting], file: str) -> Iterator[Concern]:
    """What is too much, of one entry or of all."""
    for placed, sighting in sightings.items():
        if sighting.disk_bytes is not None:
            yield from disk_concern(file, placed.entry, sighting.disk_bytes)
    yield from download_concern(file, sum(sighting.download_bytes for sighting in sightings.values()))


def _blank(placed: PlacedSource, error: ConverterError, file: str) -> Concern:
    unreachable = error.exit_code is ExitCode.UNREACHABLE
    weight, title = (Weight.UNREACHABLE, "No answer") if unreachable else (Weight.ADVICE, "Not recognised")
    return concern(weight, title, file, placed.location, printable(str(error)))


def _invalid(findings: Iterable[Finding]) -> Iterator[Concern]:
    for finding in findings:
        error = finding.severity is Severity.ERROR
        yield Concern(Weight.FAILURE if error else Weight.ADVICE, "Not valid" if error else "Advice", finding)


def _checked(found: Validation, touched: frozenset[str]) -> Iterator[Concern]:
    """What validation says about touched entries; nobody has to answer for the warnings of others."""
    for finding in found.findings:
        if finding in found.unreachable:
            yield Concern(Weight.UNREACHABLE, "No answer", finding)
        elif finding.severity is Severity.ERROR:
            yield Concern(Weight.FAILURE, "Source not fit", finding)
        elif (entry := _ENTRY.match(finding.path)) and entry.group() in touched:
            yield Concern(Weight.ADVICE, "Advice", finding)


def _plan(registry: Registry, store: Store, touched: frozenset[str]) -> _Outlook:
    try:
        plan = plan_of(registry, store)
        empty_hub = None if store.tags() else store.describe()
    except ConverterError as error:
        unreachable = error.exit_code is ExitCode.UNREACHABLE
        weight, title = (Weight.UNREACHABLE, "No answer") if unreachable else (Weight.FAILURE, "No plan")
        return _Outlook(None, None, (concern(weight, title, registry.file, _TOP, printable(str(error))),))
    return _Outlook(plan, empty_hub, tuple(_refusals(plan, registry, touched)))


def _refusals(plan: Plan, registry: Registry, touched: frozenset[str]) -> Iterator[Concern]:
    for refusal in plan.refusals:
        # What was refused before is no fault of this pull request.
        weight = Weight.FAILURE if refusal.location.path in touched else Weight.NOTICE
        message = f"{printable(refusal.name)}: {refusal.reason}"
        yield concern(weight, "Cannot be converted", registry.file, refusal.location, message)
