"""The difference between what the registry wants and what is published, as actions with their reasons. Pure.

Nothing comes from a git diff: a cancelled run, a runner that was away or a change made by hand on the hub is all the
same to the next plan. `plan` of what a plan has been carried out on has only `Keep`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, TypeAlias

from converter.built import unbuilt
from converter.canonical import JsonObject
from converter.errors import ConverterError, ExitCode
from converter.registry import Entry, Location, asked, changes, did_you_mean, fingerprint


class UnknownNameError(ConverterError):
    """Somebody asked for a name that is neither in the registry nor published."""

    exit_code: ClassVar[ExitCode] = ExitCode.USAGE


@dataclass(frozen=True)
class Published:
    """One release that the hub has."""

    name: str
    version: int
    fingerprint: str
    recipe: int
    asked: JsonObject
    yanked: str | None = None
    """Why it was withdrawn; it still counts, since a tag is never used twice."""


@dataclass(frozen=True)
class Convert:
    """Make release `version` of an entry."""

    name: str
    version: int
    entry: Entry
    reason: str
    """`new`, `changed: precision fp32 -> fp16`, `recipe 3 -> 4` or `forced`."""


@dataclass(frozen=True)
class Keep:
    """The newest release is what the registry asks for."""

    name: str
    version: int
    reason: str = "unchanged"


@dataclass(frozen=True)
class Refuse:
    """The entry cannot be converted; its siblings can, and the run fails all the same."""

    name: str
    reason: str
    location: Location


@dataclass(frozen=True)
class Retire:
    """Nothing asks for this release any more; it stays, since published is published."""

    name: str
    version: int
    """The newest one that is not yanked."""
    reason: str = "no longer in the registry"


Action: TypeAlias = Convert | Keep | Refuse | Retire


@dataclass(frozen=True)
class Plan:
    """What a run would do: the entries in the order of the registry, then what is retired by name."""

    recipe: int
    actions: tuple[Action, ...]

    @property
    def converts(self) -> tuple[Convert, ...]:
        """The work."""
        return tuple(action for action in self.actions if isinstance(action, Convert))

    @property
    def refusals(self) -> tuple[Refuse, ...]:
        """What makes the run fail."""
        return tuple(action for action in self.actions if isinstance(action, Refuse))

    def only(self, names: Iterable[str]) -> "Plan":
        """The part of this plan that is about `names`.

        Raises:
            UnknownNameError: one of them is not in the plan; the message has the nearest that is.
        """
        wanted, known = set(names), [action.name for action in self.actions]
        for name in sorted(wanted.difference(known)):
            raise UnknownNameError(
                f"the name {name!r} is neither in the registry nor published{did_you_mean(name, known)}"
            )
        return replace(self, actions=tuple(action for action in self.actions if action.name in wanted))


def plan(
    entries: Iterable[Entry], published: Mapping[str, Sequence[Published]], recipe: int, *, force: bool = False
) -> Plan:
    """What must be done so that the hub has what `entries`, of a valid registry, ask for.

    Args:
        entries: what the registry wants.
        published: the releases of each name, in any order.
        recipe: of the converter that will do the work.
        force: convert what is unchanged too.
    """
    wanted = tuple(entries)
    actions = [_action(entry, published.get(entry.name, ()), recipe, force=force) for entry in wanted]
    kept = {entry.name for entry in wanted if entry.is_release}
    return Plan(recipe, (*actions, *_retired(published, kept)))


def _action(entry: Entry, releases: Sequence[Published], recipe: int, *, force: bool) -> Action:
    name = entry.name if entry.section != "strings" else f"strings.{entry.name}"
    if missing := unbuilt(entry):
        return Refuse(name, ". ".join(missing), entry.location)
    newest = max(releases, key=lambda release: release.version, default=None)
    if newest is None:
        return Convert(name, 1, entry, "new")
    if newest.recipe > recipe and not force:
        # An old checkout that runs again would otherwise undo what a newer one has published.
        reason = f"release {newest.version} was made with recipe {newest.recipe}, this version has {recipe}; update it"
        return Refuse(name, reason, entry.location)
    difference = _difference(entry, newest, recipe) or ("forced" if force else None)
    return Convert(name, newest.version + 1, entry, difference) if difference else Keep(name, newest.version)


def _difference(entry: Entry, newest: Published, recipe: int) -> str | None:
    if newest.fingerprint == fingerprint(entry, recipe):
        return None
    changed = changes(newest.asked, asked(entry))
    recipes = f"recipe {newest.recipe} -> {recipe}" if newest.recipe != recipe else ""
    if changed:
        return f"changed: {', '.join(filter(None, (changed, recipes)))}"
    return recipes or "changed: fingerprint"


def _retired(published: Mapping[str, Sequence[Published]], kept: set[str]) -> Iterator[Retire]:
    for name in sorted(set(published).difference(kept)):
        usable = [release.version for release in published[name] if release.yanked is None]
        if usable:
            yield Retire(name, max(usable))
