"""Releases that are not what the registry, with this converter, would make today. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from converter.plan import Published, difference, yanked_reason
from converter.registry import Entry


@dataclass(frozen=True)
class Outdated:
    """The newest release of an entry that asks for something else by now."""

    name: str
    version: int
    recipe: int
    """That it was made with."""
    reason: str
    """`changed: license mit -> apache-2.0`, `recipe 1 -> 2`, or both."""

    @property
    def tag(self) -> str:
        return f"{self.name}.v{self.version}"


def outdated(entries: Iterable[Entry], published: Mapping[str, Sequence[Published]], recipe: int) -> Iterator[Outdated]:
    """The newest releases that differ from what their entries ask for, in the order of the registry.

    Older releases are what they were, retired ones are asked for by nothing, and of a yanked entry nothing is made.
    """
    for entry in entries:
        releases = published.get(entry.name, ()) if entry.is_release and yanked_reason(entry) is None else ()
        newest = max(releases, key=lambda release: release.version, default=None)
        reason = difference(entry, newest, recipe) if newest is not None else None
        if newest is not None and reason is not None:
            yield Outdated(newest.name, newest.version, newest.recipe, reason)
