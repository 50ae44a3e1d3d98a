"""Check a registry: its text, its sources where they are if asked for, and its pins, which can be written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from converter.errors import ConverterError, ExitCode
from converter.progress import Report, silent
from converter.registry import (
    Finding,
    Pin,
    PlacedSource,
    Registry,
    Severity,
    did_you_mean,
    finding_at,
    in_order,
    load_registry,
    loose_sources,
    pin_findings,
    placed_sources,
    printable,
    with_pins,
)

if TYPE_CHECKING:
    from converter.inspection import LookCache
    from converter.workshop import Workshop


class UnknownEntryError(ConverterError):
    """A name was given that no entry of the registry has."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


@dataclass(frozen=True)
class Checks:
    """What is to be checked besides the text."""

    names: tuple[str, ...] = ()
    """The entries whose sources are looked at and pinned; all if there are none."""
    online: bool = False
    """Look at the sources where they are."""
    pin: bool = False
    """Find out what the sources are now, and write it into the text."""
    require_pins: bool = False
    """Make an error of a source that is not pinned."""


@dataclass(frozen=True)
class Validation:
    """A registry, and everything that is wrong with it and its sources."""

    registry: Registry
    text: str
    """With the pins that were written."""
    findings: tuple[Finding, ...] = ()
    """By position."""
    pinned: Mapping[PlacedSource, Pin] = field(default_factory=dict)
    """What was written into `text`."""
    known: Mapping[PlacedSource, Pin] = field(default_factory=dict)
    """What the hosts of sources that were looked at say that they are now."""
    unreachable: frozenset[Finding] = frozenset()
    """Errors that are no more than a host that does not answer."""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that stop the registry."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def exit_code(self) -> ExitCode:
        """A host that does not answer counts only if nothing else is wrong."""
        if not self.errors:
            return ExitCode.DONE
        return ExitCode.UNREACHABLE if self.unreachable.issuperset(self.errors) else ExitCode.FAILED


def validate_registry(
    data: bytes,
    file: str,
    checks: Checks,
    workshop: Callable[[], Workshop],
    *,
    report: Report = silent,
    looks: LookCache | None = None,
) -> Validation:
    """Check the registry in the bytes of `file`; a file with errors is not looked at any further.

    Args:
        data: what the file holds.
        file: its name, for the findings.
        checks: what else is to be checked.
        workshop: where downloads go and what is allowed; asked for only if something is to be looked at.
        report: called as the work goes on.
        looks: of whoever looks at the same sources again.

    Raises:
        UnknownEntryError: a name is none of the registry's.
    """
    registry = load_registry(data, file)
    if registry.errors:
        return Validation(registry, "", registry.findings)
    require_known(checks.names, registry)
    state = Validation(registry, data.decode(), registry.findings)
    if checks.pin:
        state = _with_pins_written(state, checks, workshop(), report)
    known: Mapping[PlacedSource, Pin] = {}
    if checks.online:
        state, known = _looked_at(state, checks, looks or _new_looks(workshop()))
    severity = Severity.ERROR if checks.require_pins else Severity.WARNING
    loose = pin_findings(loose_sources(state.registry), known, file, severity)
    return replace(state, known=known, findings=in_order([*state.findings, *loose]))


def _with_pins_written(state: Validation, checks: Checks, workshop: Workshop, report: Report) -> Validation:
    from converter.pinning import Found, NotFound, find_pins

    outcomes = list(find_pins(_chosen(state, checks), workshop, report=report))
    pins = {outcome.placed: outcome.pin for outcome in outcomes if isinstance(outcome, Found)}
    text = with_pins(state.text, state.registry.file, pins)
    registry = load_registry(text.encode(), state.registry.file)
    pinned = replace(state, registry=registry, findings=registry.findings, text=text, pinned=pins)
    # A pin may have moved what follows it to another line.
    places = {placed.path: placed for placed in placed_sources(registry)}
    misses = [outcome for outcome in outcomes if isinstance(outcome, NotFound)]
    for miss in misses:
        pinned = _with(pinned, Severity.ERROR, places[miss.placed.path], miss.message, miss.exit_code)
    return pinned


def _new_looks(workshop: Workshop) -> LookCache:
    from converter.inspection import LookCache

    return LookCache(workshop)


def _looked_at(state: Validation, checks: Checks, looks: LookCache) -> tuple[Validation, Mapping[PlacedSource, Pin]]:
    """With what is wrong with the sources; and the pins that their hosts know."""
    from converter.online import Fits, look_online

    known = {}
    for seen in look_online(_chosen(state, checks), looks):
        if not isinstance(seen, Fits):
            state = _with(state, seen.severity, seen.placed, seen.message, seen.exit_code)
        elif seen.pin is not None:
            known[seen.placed] = seen.pin
    return state, known


def _with(state: Validation, severity: Severity, placed: PlacedSource, message: str, code: ExitCode) -> Validation:
    finding = finding_at(placed, state.registry.file, severity, printable(message))
    unreachable = {finding} if code is ExitCode.UNREACHABLE else set()
    return replace(state, findings=(*state.findings, finding), unreachable=state.unreachable | unreachable)


def _chosen(state: Validation, checks: Checks) -> list[PlacedSource]:
    sources = placed_sources(state.registry)
    return [placed for placed in sources if not checks.names or placed.entry.name in checks.names]


def require_known(names: tuple[str, ...], registry: Registry) -> None:
    """Check that the registry has entries of these names.

    Raises:
        UnknownEntryError: it has no such entry.
    """
    known = [entry.name for entry in registry.entries]
    for name in names:
        if name not in known:
            raise UnknownEntryError(f"the name {name!r} is not in the registry{did_you_mean(name, known)}")
