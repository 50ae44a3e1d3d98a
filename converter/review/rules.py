"""The rules of a pull request: what fails, what a person must decide, and what people should know. Pure."""

from collections.abc import Iterator, Sequence

from converter.listing import first_ten
from converter.registry import Entry, Location, Registry, SourcedEntry, printable
from converter.review.changed_entries import ChangedEntries, changed_entries, yanked_of
from converter.review.concerns import Concern, Weight, by_weight, concern
from converter.review.licence_rule import licence_concerns
from converter.review.limits import DOWNLOAD_LIMIT_BYTES, NEW_ENTRIES_LIMIT
from converter.review.lookalike import Names
from converter.review.places import place_of, sources_of
from converter.review.running_rule import running_concerns

_TOP = Location(1, 1, "$")
_REGISTRY_FOLDER = "registry/"


def review(base: Registry, head: Registry, changed_paths: Sequence[str] = ()) -> tuple[Concern, ...]:
    """What there is to say about a change from one registry to another, the gravest first.

    Args:
        base: as it is; entries of it that are not valid count as absent.
        head: as it will be, without errors; the concerns stand at its lines.
        changed_paths: of all files that the pull request changes, from the root of the repository.
    """
    changes = changed_entries(base, head)
    return by_weight(
        [
            *mixed_concern(head.file, changed_paths),
            *_many(head.file, changes),
            *licence_concerns(head.file, changes),
            *_yanks(head.file, changes),
            *running_concerns(head.file, changes),
            *_lookalikes(base, head, changes),
            *_renames(head.file, changes),
            *_removals(head.file, changes),
            *_moves(head.file, changes),
        ]
    )


def mixed_concern(file: str, changed_paths: Sequence[str]) -> Iterator[Concern]:
    """Whether a pull request changes the registry and anything else at once."""
    inside = [path for path in changed_paths if path.startswith(_REGISTRY_FOLDER)]
    outside = sorted(printable(path) for path in set(changed_paths).difference(inside))
    if inside and outside:
        # Whoever changes the rules and the data at once could let the one pass by the other.
        message = (
            f"the pull request changes `{_REGISTRY_FOLDER}` and also {first_ten(outside)}; a maintainer decides, or "
            "make two pull requests"
        )
        yield concern(Weight.PERSON, "More than the registry is changed", file, _TOP, message)


def download_concern(file: str, download_bytes: int) -> Iterator[Concern]:
    """Whether the sources of a pull request are more than it may bring without a person."""
    if download_bytes > DOWNLOAD_LIMIT_BYTES:
        message = (
            f"the new and changed sources are {download_bytes / 1e9:.1f} GB, at most {DOWNLOAD_LIMIT_BYTES / 1e9:.0f} "
            "GB are released without asking; a maintainer decides, or make several pull requests"
        )
        yield concern(Weight.PERSON, "Much to download", file, _TOP, message)


def _many(file: str, changes: ChangedEntries) -> Iterator[Concern]:
    if len(changes.new) > NEW_ENTRIES_LIMIT:
        message = (
            f"found {len(changes.new)} new entries, at most {NEW_ENTRIES_LIMIT} are taken without asking; a maintainer "
            "decides, or make several pull requests"
        )
        yield concern(Weight.PERSON, "Many new entries", file, _TOP, message)


def _yanks(file: str, changes: ChangedEntries) -> Iterator[Concern]:
    for before, after in changes.before_and_after:
        old, new = yanked_of(before) if before else None, yanked_of(after)
        if old != new:
            yield _asks("`yanked` changed", file, after, f"{_yank_words(old, new)}; a maintainer decides")
    for entry in changes.removed:
        if yanked_of(entry) is not None:
            message = f"the entry {entry.name!r} is removed, and its `yanked` with it; a maintainer decides"
            yield concern(Weight.PERSON, "`yanked` changed", file, _TOP, message)


def _yank_words(old: str | None, new: str | None) -> str:
    if old is None:
        return f"the releases are yanked: {printable(repr(new))}"
    return "`yanked` is removed" if new is None else "the reason under `yanked` is another"


def _lookalikes(base: Registry, head: Registry, changes: ChangedEntries) -> Iterator[Concern]:
    taken = {entry.name for registry in (base, head) for entry in registry.entries if entry.is_release}
    names = Names(taken)
    for entry in (*changes.new, *(pair.after for pair in changes.renamed)):
        if not entry.is_release:
            continue
        if like := names.confusable_with(entry.name):
            message = (
                f"the name {entry.name!r} can be taken for {first_ten(like)}; choose another, or a maintainer decides"
            )
            yield _asks("Name like another", head.file, entry, message)


def _renames(file: str, changes: ChangedEntries) -> Iterator[Concern]:
    for pair in changes.renamed:
        message = (
            f"the entry {pair.before.name!r} is now {pair.after.name!r}: its releases stay under the old name, "
            "and begin again at 1 under the new one; a maintainer decides"
        )
        yield _asks("Entry renamed", file, pair.after, message)


def _removals(file: str, changes: ChangedEntries) -> Iterator[Concern]:
    for entry in changes.removed:
        stays = "it is retired, its releases stay" if entry.is_release else "what was made with it stays"
        message = f"the entry {printable(entry.name)!r} is removed: {stays}"
        yield concern(Weight.NOTICE, "Entry removed", file, _TOP, message)


def _moves(file: str, changes: ChangedEntries) -> Iterator[Concern]:
    for pair in changes.changed:
        if not isinstance(pair.before, SourcedEntry) or not isinstance(pair.after, SourcedEntry):
            continue
        old, new = sources_of(pair.before), sources_of(pair.after)
        for role in sorted(old.keys() & new.keys()):
            before, after = place_of(old[role]).keeper, place_of(new[role]).keeper
            if before != after:
                message = (
                    f"the {printable(role)} moved from {printable(before)} to {printable(after)}; a maintainer decides"
                )
                yield _asks("Source moved", file, pair.after, message)


def _asks(title: str, file: str, entry: Entry, message: str) -> Concern:
    return concern(Weight.PERSON, title, file, entry.location, message)
