"""A review in the forms that GitHub shows: the page of the job summary, and annotations."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from converter.plan import Convert
from converter.plan_rendering import sums_of
from converter.pull_request.reviewed import Reviewed
from converter.registry import DiffusionEntry, Entry, PlacedSource, SourcedEntry, pin_line
from converter.release import readable_size
from converter.review import Weight
from converter.workflow import Annotation, Level, Page, PinLine, ReleaseRow, literal

_LEVELS = {
    Weight.FAILURE: Level.ERROR,
    Weight.PERSON: Level.WARNING,
    Weight.UNREACHABLE: Level.ERROR,
    Weight.ADVICE: Level.WARNING,
    Weight.NOTICE: Level.NOTICE,
}


def annotations_of(found: Reviewed) -> list[Annotation]:
    """One for each concern, the gravest first."""
    return [Annotation(_LEVELS[each.weight], each.title, each.finding) for each in found.concerns]


def page_of(found: Reviewed) -> Page:
    """What the job summary shows."""
    rows = tuple(_rows(found))
    pins = tuple(
        PinLine(placed.entry.name, placed.location.line, pin_line(placed, pin)) for placed, pin in found.pins.items()
    )
    return Page(found.exit_code, _sums(found), rows, pins, found.concerns)


def _sums(found: Reviewed) -> str:
    if found.plan is None:
        return ""
    # A fork's pull request may not know the hub; then the plan is about another one than the merge will meet.
    empty = f", planned as if nothing were published ({literal(found.empty_hub)} is empty)" if found.empty_hub else ""
    return f"After the merge: {sums_of(found.plan)}{empty}{_sizes(found)}."


def _sizes(found: Reviewed) -> str:
    download = sum(sighting.download_bytes for sighting in found.sightings.values())
    disk = sum(sighting.disk_bytes or 0 for sighting in found.sightings.values())
    if not download and not disk:
        return ""
    takes = f", and with their releases take {readable_size(disk)} of disk" if disk else ""
    return f"; the new and changed sources are {readable_size(download)} to download{takes}"


def _rows(found: Reviewed) -> Iterator[ReleaseRow]:
    """Every entry that is converted, and the touched ones that are no release of their own."""
    converts = found.plan.converts if found.plan else ()
    parts: dict[str, list[PlacedSource]] = defaultdict(list)
    for placed in found.sources:
        parts[placed.entry.location.path].append(placed)
    for action in converts:
        yield _row(found, action.entry, action, parts[action.entry.location.path])
    for entry in found.touched:
        if not entry.is_release and found.plan is not None:
            yield _row(found, entry, None, parts[entry.location.path])


def _row(found: Reviewed, entry: Entry, action: Convert | None, parts: Sequence[PlacedSource]) -> ReleaseRow:
    looked_at = {placed: found.sightings[placed] for placed in parts if placed in found.sightings}
    seen = next((sighting for placed, sighting in looked_at.items() if _is_weights(placed)), None)
    return ReleaseRow(
        entry=entry.name,
        release=f"{action.name}.v{action.version}" if action else "",
        reason=action.reason if action else "new or changed",
        source=entry.source.display() if isinstance(entry, SourcedEntry) else "",
        architecture=seen.title if seen else "",
        download_bytes=sum(each.download_bytes for each in looked_at.values()) if looked_at else None,
        release_bytes=seen.release_bytes if seen else None,
        disk_bytes=seen.disk_bytes if seen else None,
        blended=tuple(_blended(found, parts)),
    )


def _is_weights(placed: PlacedSource) -> bool:
    """Whether it is what its entry is about, and nothing that is blended in."""
    return placed.owner is placed.entry and placed.is_main


def _blended(found: Reviewed, parts: Sequence[PlacedSource]) -> Iterator[str]:
    for placed in parts:
        if _is_weights(placed):
            continue
        kind = "VAE" if isinstance(placed.owner, DiffusionEntry) else str(placed.owner.kind)
        name = "" if kind == "VAE" else f" {placed.owner.name}"
        title = found.sightings[placed].title if placed in found.sightings else ""
        yield f"{kind}{name}: {placed.source.display()}{f' ({title})' if title else ''}"
