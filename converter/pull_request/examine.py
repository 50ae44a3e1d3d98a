"""The conductor of `review`: the order of the steps, from two registries to what a pull request means."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from converter.errors import ConverterError, ExitCode
from converter.hub import Store
from converter.pipeline import plan_of
from converter.plan import Plan
from converter.pull_request.looks import Looks, Sighting
from converter.pull_request.reviewed import Proposal, Reviewed
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
    download_concern,
    review,
)
from converter.validation import Validation

_TOP = Location(1, 1, "$")
_ENTRY = re.compile(r"\$\.\w+(?:\[\d+\]|\.\w+)")
"""Path of the entry that a path leads into."""


def examine(proposal: Proposal, store: Store, looks: Looks) -> Reviewed:
    """Review a pull request: nothing is raised, and nothing is written anywhere.

    The text of the whole registry counts, as does the plan for it; sources are looked at if they belong to entries
    that are new or changed. A registry with errors is compared with the other all the same, so that one run says all.
    """
    if too_much := amount_complaint(proposal.head, proposal.head_size_bytes):
        return Reviewed((concern(Weight.FAILURE, "Registry too large", proposal.file, _TOP, too_much),))
    head, base = load_registry(proposal.head, proposal.file), _base(proposal)
    touched = changed_entries(base, head).touched
    concerns = review(base, head, proposal.changed_paths)
    if head.errors:
        return Reviewed(by_weight([*concerns, *_invalid(head.findings)]), touched)
    return _looked_at(Reviewed(concerns, touched), proposal, store, looks)


def _base(proposal: Proposal) -> Registry:
    """Without entries if it is missing or cannot be read: then everything is new."""
    data = proposal.base
    if data is None or amount_complaint(data, len(data)):
        return Registry(proposal.file, (), ())
    return load_registry(data, proposal.file)


def _looked_at(state: Reviewed, proposal: Proposal, store: Store, looks: Looks) -> Reviewed:
    sourced = [entry for entry in state.touched if isinstance(entry, SourcedEntry)]
    chosen = sourced[:LOOKS_LIMIT]
    found = looks.validated(proposal.head, proposal.file, tuple(dict.fromkeys(entry.name for entry in chosen)))
    sources = placed_sources(found.registry, found.text)
    ours = _of(chosen, sources, found)
    sightings, blanks = _sightings(ours, looks, proposal.file)
    touched = frozenset(entry.location.path for entry in state.touched)
    plan, about_plan = _plan(found.registry, store, touched)
    total = sum(sighting.download_bytes for sighting in sightings.values())
    more = [*_checked(found, touched), *blanks, *about_plan, *download_concern(proposal.file, total)]
    if len(sourced) > LOOKS_LIMIT:
        message = f"found {len(sourced)} new or changed entries, only the first {LOOKS_LIMIT} were looked at"
        more.append(concern(Weight.PERSON, "Many entries", proposal.file, _TOP, message))
    return replace(
        state,
        concerns=by_weight([*state.concerns, *more]),
        plan=plan,
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
    for placed in sources:
        try:
            sighting = looks.seen(placed)
        except ConverterError as error:
            blanks.append(_blank(placed, error, file))
        else:
            seen |= {placed: sighting} if sighting is not None else {}
    return seen, blanks


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


def _plan(registry: Registry, store: Store, touched: frozenset[str]) -> tuple[Plan | None, tuple[Concern, ...]]:
    try:
        plan = plan_of(registry, store)
    except ConverterError as error:
        unreachable = error.exit_code is ExitCode.UNREACHABLE
        weight, title = (Weight.UNREACHABLE, "No answer") if unreachable else (Weight.FAILURE, "No plan")
        return None, (concern(weight, title, registry.file, _TOP, printable(str(error))),)
    return plan, tuple(_refusals(plan, registry, touched))


def _refusals(plan: Plan, registry: Registry, touched: frozenset[str]) -> Iterator[Concern]:
    for refusal in plan.refusals:
        # What was refused before is no fault of this pull request.
        weight = Weight.FAILURE if refusal.location.path in touched else Weight.NOTICE
        message = f"{printable(refusal.name)}: {refusal.reason}"
        yield concern(weight, "Cannot be converted", registry.file, refusal.location, message)
