"""What new and changed entries say about their licences."""

from collections.abc import Iterator

from converter.registry import DiffusionEntry, Entry, SourcedEntry, printable
from converter.review.changed_entries import ChangedEntries
from converter.review.concerns import Concern, Weight, concern
from converter.review.licences import is_allowed

_DECIDES = "a maintainer decides"


def licence_concerns(file: str, changes: ChangedEntries) -> Iterator[Concern]:
    """A missing licence fails, one outside the list or another than before asks for a person.

    What is blended in is a part of the release, so its licences count too; there a missing one asks for a person, who
    knows whether that of the entry covers it.
    """
    for entry in changes.touched:
        if isinstance(entry, SourcedEntry):
            yield from _own(file, entry)
        if isinstance(entry, DiffusionEntry):
            yield from (each for part in (*entry.loras, *entry.inversions) for each in _blended(file, part))
    for pair in (*changes.changed, *changes.renamed):
        yield from _another(file, pair.before, pair.after)


def _own(file: str, entry: SourcedEntry) -> Iterator[Concern]:
    if entry.license is None:
        message = (
            'the entry says no licence; add "license" with the identifier that the page of the weights shows, such as '
            "creativeml-openrail-m or mit"
        )
        yield concern(Weight.FAILURE, "Licence missing", file, entry.location, message)
    else:
        yield from _listed(file, entry)


def _blended(file: str, part: SourcedEntry) -> Iterator[Concern]:
    if part.license is None:
        message = f'{printable(part.name)!r} is blended in and says no licence; add "license", or {_DECIDES}'
        yield concern(Weight.PERSON, "Licence missing", file, part.location, message)
    else:
        yield from _listed(file, part)


def _listed(file: str, entry: SourcedEntry) -> Iterator[Concern]:
    if entry.license is not None and not is_allowed(entry.license):
        message = f"the licence {entry.license!r} is not on the list of those that are published unasked; {_DECIDES}"
        yield concern(Weight.PERSON, "Licence not on the list", file, entry.location, message)


def _another(file: str, before: Entry, after: Entry) -> Iterator[Concern]:
    if not isinstance(before, SourcedEntry) or not isinstance(after, SourcedEntry) or after.license is None:
        return
    if before.license is not None and before.license.casefold() != after.license.casefold():
        message = f"the licence was {before.license!r} and is {after.license!r}; {_DECIDES} whether the source says so"
        yield concern(Weight.PERSON, "Licence changed", file, after.location, message)
