"""The difference between what the registry wants and what is published, as actions with their reasons. Pure.

Nothing comes from a git diff: a cancelled run, a runner that was away or a change made by hand on the hub is all the
same to the next plan. `plan` of what a plan has been carried out on has only `Keep` and `Withhold`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import ClassVar, get_args

from converter.actions import Action, Convert, Keep, Mark, Refuse, Retire, Unretire, Unyank, Withhold, Yank
from converter.built import unbuilt
from converter.canonical import JsonObject
from converter.errors import ConverterError, ExitCode
from converter.garbage import no_search
from converter.registry import Entry, ReleaseEntry, asked, changes, did_you_mean, fingerprint_of

__all__ = [
    "Action",
    "Convert",
    "Keep",
    "Mark",
    "Plan",
    "Published",
    "Refuse",
    "Retire",
    "UnknownNameError",
    "Unretire",
    "Unyank",
    "Withhold",
    "Yank",
    "difference",
    "plan",
    "yanked_reason",
]


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
class Plan:
    """What a run would do: the entries in the order of the registry, then what is retired by name."""

    recipe: int
    actions: tuple[Action, ...]

    @property
    def converts(self) -> tuple[Convert, ...]:
        """The work."""
        return tuple(action for action in self.actions if isinstance(action, Convert))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is written on the hub without a conversion."""
        return tuple(action for action in self.actions if isinstance(action, get_args(Mark)))

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


@no_search()
def plan(
    entries: Iterable[Entry],
    published: Mapping[str, Sequence[Published]],
    recipe: int,
    *,
    retired: Collection[str] = (),
    force: bool = False,
) -> Plan:
    """What must be done so that the hub has what `entries`, of a valid registry, ask for.

    Args:
        entries: what the registry wants.
        published: the releases of each name, in any order.
        recipe: of the converter that will do the work.
        retired: names that the hub lists as retired.
        force: convert what is unchanged too.
    """
    wanted, gone = tuple(entries), frozenset(retired)
    actions: list[Action] = []
    for entry in wanted:
        releases = sorted(published.get(entry.name, ()), key=attrgetter("version"))
        actions.extend(_marks(entry, releases, gone))
        actions.append(_action(entry, releases, recipe, force=force))
    kept = {entry.name for entry in wanted if entry.is_release}
    return Plan(recipe, (*actions, *_retired(published, kept, gone)))


def difference(entry: Entry, release: Published, recipe: int) -> str | None:
    """How what an entry asks for differs from a release, for a person; `None` if it does not."""
    wanted = asked(entry)
    if release.fingerprint == fingerprint_of(wanted, recipe):
        return None
    changed = changes(release.asked, wanted)
    recipes = f"recipe {release.recipe} -> {recipe}" if release.recipe != recipe else ""
    if changed:
        return f"changed: {', '.join(filter(None, (changed, recipes)))}"
    return recipes or "changed: fingerprint"


def yanked_reason(entry: Entry) -> str | None:
    """Why the releases of an entry are not to be used; `None` for a good one."""
    return entry.yanked if isinstance(entry, ReleaseEntry) else None


def _marks(entry: Entry, releases: Sequence[Published], retired: Collection[str]) -> Iterator[Action]:
    if not entry.is_release or not releases:
        return
    if entry.name in retired:
        yield Unretire(entry.name, releases[-1].version)
    reason = yanked_reason(entry)
    other = tuple(release.version for release in releases if release.yanked != reason)
    if other:
        yield Unyank(entry.name, other) if reason is None else Yank(entry.name, other, reason)


def _action(entry: Entry, releases: Sequence[Published], recipe: int, *, force: bool) -> Action:
    name = entry.name if entry.section != "strings" else f"strings.{entry.name}"
    newest = releases[-1] if releases else None
    if (reason := yanked_reason(entry)) is not None:
        return Keep(name, newest.version, f"yanked: {reason}") if newest else Withhold(name, f"yanked: {reason}")
    if missing := unbuilt(entry):
        return Refuse(name, ". ".join(missing), entry.location)
    if newest is None:
        return Convert(name, 1, entry, "new")
    if newest.recipe > recipe and not force:
        # An old checkout that runs again would otherwise undo what a newer one has published.
        reason = f"release {newest.version} was made with recipe {newest.recipe}, this version has {recipe}; update it"
        return Refuse(name, reason, entry.location)
    differs = difference(entry, newest, recipe) or ("forced" if force else None)
    return Convert(name, newest.version + 1, entry, differs) if differs else Keep(name, newest.version)


def _retired(
    published: Mapping[str, Sequence[Published]], kept: set[str], retired: Collection[str]
) -> Iterator[Action]:
    for name in sorted(set(published).difference(kept)):
        usable = [release.version for release in published[name] if release.yanked is None]
        if usable:
            yield Keep(name, max(usable), "retired") if name in retired else Retire(name, max(usable))
