"""The entries of two registries side by side: which are new, changed, gone, or have another name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from converter.canonical import JsonValue
from converter.registry import Entry, Registry, ReleaseEntry, RunLimits, SourcedEntry, asked
from converter.review.places import place_of

_Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True)
class Pair:
    """One entry in both registries."""

    before: Entry
    after: Entry


@dataclass(frozen=True)
class ChangedEntries:
    """What a pull request does to the entries, in the order of the registries."""

    new: tuple[Entry, ...]
    changed: tuple[Pair, ...]
    renamed: tuple[Pair, ...]
    """Gone under the one name and new under the other, with the same weights; they are not among the others."""
    removed: tuple[Entry, ...]

    @property
    def before_and_after(self) -> tuple[tuple[Entry | None, Entry], ...]:
        """Each touched entry with what it was; `None` for a new one."""
        pairs = [(pair.before, pair.after) for pair in (*self.changed, *self.renamed)]
        return (*((None, entry) for entry in self.new), *pairs)

    @property
    def touched(self) -> tuple[Entry, ...]:
        """The entries of the registry after the merge that are not what they were, in its order."""
        entries = [after for _, after in self.before_and_after]
        return tuple(sorted(entries, key=lambda entry: (entry.location.line, entry.location.column)))


def changed_entries(base: Registry, head: Registry) -> ChangedEntries:
    """Compare two registries entry by entry: where an entry stands, and how it is written, does not count."""
    before, after = _by_key(base.entries), _by_key(head.entries)
    both = [Pair(before[key], entry) for key, entry in after.items() if key in before]
    new = [entry for key, entry in after.items() if key not in before]
    # An entry with an error is not among the head's, and is not gone.
    gone = [entry for key, entry in before.items() if key not in after] if not head.errors else []
    renamed = _renamed(gone, new)
    moved = {id(entry) for pair in renamed for entry in (pair.before, pair.after)}
    return ChangedEntries(
        new=tuple(entry for entry in new if id(entry) not in moved),
        changed=tuple(pair for pair in both if _content(pair.before) != _content(pair.after)),
        renamed=renamed,
        removed=tuple(entry for entry in gone if id(entry) not in moved),
    )


def yanked_of(entry: Entry) -> str | None:
    """Why the releases of an entry are not to be used."""
    return entry.yanked if isinstance(entry, ReleaseEntry) else None


def runner_of(entry: Entry) -> str | None:
    """The label of the runners that it asks for."""
    return entry.runner if isinstance(entry, ReleaseEntry) else None


def limits_of(entry: Entry) -> RunLimits:
    """What its conversion may take, as far as it says so."""
    return (entry.limits if isinstance(entry, ReleaseEntry) else None) or RunLimits()


def _by_key(entries: Iterable[Entry]) -> Mapping[_Key, Entry]:
    return {_key(entry): entry for entry in entries}


def _key(entry: Entry) -> _Key:
    # All releases share the hub's names, whatever their section; without regard to case, as the registry's own rule.
    return ("release" if entry.is_release else f"{entry.section} {entry.kind}", entry.name.casefold())


def _content(entry: Entry) -> tuple[str, JsonValue, str | None, str | None, RunLimits]:
    return (entry.name, asked(entry), yanked_of(entry), runner_of(entry), limits_of(entry))


def _renamed(gone: list[Entry], new: list[Entry]) -> tuple[Pair, ...]:
    """Each entry that is gone with the first new one of its weights."""
    free = {_weights(entry): entry for entry in reversed(new)}
    return tuple(
        Pair(entry, found)
        for entry in gone
        if isinstance(entry, SourcedEntry) and (found := free.pop(_weights(entry), None)) is not None
    )


def _weights(entry: Entry) -> tuple[str, str]:
    source = entry.source if isinstance(entry, SourcedEntry) else None
    return (entry.section, entry.name if source is None else place_of(source).weights)
