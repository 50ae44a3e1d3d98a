"""Look at the sources of a registry, entry by entry."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from converter.inspection import LookCache
from converter.online.alone import alone_seen
from converter.online.model_entry import model_entry_seen
from converter.online.seen import Seen
from converter.registry import DiffusionEntry, PlacedSource


def look_online(sources: Iterable[PlacedSource], looks: LookCache) -> Iterator[Seen]:
    """Look at each source; one that fails does not stop the others, and one that several entries share is seen once.

    Args:
        sources: those of one entry one after the other, as a registry has them.
        looks: has what was looked at before, and keeps what is now.
    """
    for _, placed in groupby(sources, key=lambda each: each.entry.location):
        yield from _entry_seen(list(placed), looks)


def _entry_seen(placed: Sequence[PlacedSource], looks: LookCache) -> Iterator[Seen]:
    entry = placed[0].entry
    if isinstance(entry, DiffusionEntry):
        yield from model_entry_seen(entry, placed, looks)
        return
    for each in placed:
        yield from alone_seen(each, looks)
