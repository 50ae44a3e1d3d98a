"""Which sources of a registry are pinned to one content for good, and what is to be written where one is not."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from converter.registry.diffusion import DiffusionEntry
from converter.registry.entries import Entry, SourcedEntry
from converter.registry.errors import SourceSyntaxError
from converter.registry.findings import Finding, Location, Path, Severity
from converter.registry.kinds import SECTIONS
from converter.registry.parse import Registry
from converter.registry.positions import Place
from converter.registry.source_syntax import parse_source
from converter.registry.sources import HubFileSource, HubSource, LocalSource, Source

COMMIT = re.compile("[0-9a-f]{40}")
_DIGEST = re.compile("[0-9A-Fa-f]{64}")


@dataclass(frozen=True)
class CommitPin:
    """A commit of a Hub repository, in place of a branch or tag, which can move."""

    commit: str


@dataclass(frozen=True)
class DigestPin:
    """The SHA-256 of a file."""

    sha256: str


Pin: TypeAlias = CommitPin | DigestPin


@dataclass(frozen=True)
class PlacedSource:
    """A source, and where in the file of the registry it is written."""

    entry: Entry
    """The entry of a section that it belongs to."""
    owner: SourcedEntry
    """That one, or one of its `loras` or `inversions`."""
    place: Place
    """Of the text of the source."""
    source: Source
    """With the entry's `revision` in it."""
    written: str
    """The text, possibly with a secret in it."""
    siblings: frozenset[str]
    """The keys of the object that it is in; empty for one of the old form, a list."""

    @property
    def path(self) -> Path:
        """To the text of the source."""
        return self.place.path

    @property
    def location(self) -> Location:
        """Where the text of the source begins."""
        return self.place.location

    @property
    def is_main(self) -> bool:
        """Whether it is what its owner is about, and not only its `vae`."""
        return self.path[-1] != "vae"

    @property
    def pinned(self) -> bool:
        """Whether it means the same bytes for good; a path is for who keeps the file to answer."""
        return isinstance(self.source, LocalSource) or _is_fixed(self.source, self.sha256)

    @property
    def sha256(self) -> str | None:
        """What the file must have; onnx-web's `hash` may be that, or something shorter."""
        return _digest_of(self.owner) if self.is_main else None

    @property
    def obstacle(self) -> str | None:
        """Why no pin can be written, and what to do about it; `None` if one can."""
        if not self.siblings:
            return "the old form has no place for it; write an object first"
        if not self.is_main and not isinstance(self.source, HubSource | HubFileSource):
            return "`vae` has no `sha256` of its own; name a file or a repository of the Hub"
        return None


def is_fixed(entry: SourcedEntry) -> bool:
    """Whether everything that an entry names has the same bytes today as on any other day; a path never says so."""
    if not isinstance(entry, DiffusionEntry):
        return _is_fixed(entry.source, _digest_of(entry))
    own = _is_fixed(entry.source, _digest_of(entry)) and (entry.vae is None or _is_fixed(entry.vae, None))
    return own and all(is_fixed(part) for part in (*entry.loras, *entry.inversions))


def _is_fixed(source: Source, sha256: str | None) -> bool:
    match source:
        case HubSource(revision=revision):
            return _is_commit(revision)
        case HubFileSource(revision=revision):
            return _is_commit(revision) or sha256 is not None
        case _:
            return sha256 is not None


def _digest_of(owner: SourcedEntry) -> str | None:
    known = owner.sha256 or (owner.hash if isinstance(owner, DiffusionEntry) else None)
    return known.lower() if known and _DIGEST.fullmatch(known) else None


def placed_sources(registry: Registry) -> tuple[PlacedSource, ...]:
    """Every source of the entries of `registry`, in the order of the file."""
    return _placed(registry, registry.entries)


def loose_sources(registry: Registry) -> tuple[PlacedSource, ...]:
    """Those of `placed_sources` that are not pinned."""
    # Of ten thousand entries nearly all are fixed as a whole: where theirs stand need not be told.
    loose = [entry for entry in registry.entries if not isinstance(entry, SourcedEntry) or not is_fixed(entry)]
    return tuple(placed for placed in _placed(registry, loose) if not placed.pinned)


def _placed(registry: Registry, of: Iterable[Entry]) -> tuple[PlacedSource, ...]:
    """The sources of some of its entries."""
    if registry.document is None or not isinstance(registry.document.value, dict):
        return ()
    entries = {entry.place.path: entry for entry in of if entry.place is not None}

    def found(document: Mapping[str, Any]) -> Iterator[PlacedSource]:
        for section in filter(SECTIONS.__contains__, document):
            for index, raw in enumerate(document[section]):
                entry = entries.get((section, index))
                if isinstance(entry, SourcedEntry):
                    yield from _sources(entry, entry, raw)

    return tuple(found(registry.document.value))


def source_with(placed: PlacedSource, pin: Pin) -> str | None:
    """The text of the source with the pin in it, where it has to be there; `None` if the pin has a key of its own."""
    source = placed.source
    if not isinstance(pin, CommitPin) or not isinstance(source, HubSource | HubFileSource):
        return None
    if placed.is_main and not _names_revision(placed.written):
        return None
    return replace(source, revision=pin.commit).display()


def pin_line(placed: PlacedSource, pin: Pin) -> str:
    """What to paste: `"revision": "..."`, `"sha256": "..."`, or the whole source where the revision is in it."""
    if (source := source_with(placed, pin)) is not None:
        return f"{json.dumps(str(placed.path[-1]))}: {json.dumps(source)}"
    key, value = pin_key(pin)
    return f"{json.dumps(key)}: {json.dumps(value)}"


def pin_key(pin: Pin) -> tuple[str, str]:
    """The key of an entry that holds a pin, and its value."""
    return ("revision", pin.commit) if isinstance(pin, CommitPin) else ("sha256", pin.sha256)


def pin_findings(
    sources: Sequence[PlacedSource], known: Mapping[PlacedSource, Pin], file: str, severity: Severity
) -> tuple[Finding, ...]:
    """A finding for each source that is not pinned, with the line to paste where the pin is `known`."""
    return tuple(
        finding_at(each, file, severity, f"{_loose(each)}; {_advice(each, known.get(each))}")
        for each in sources
        if not each.pinned
    )


def finding_at(placed: PlacedSource, file: str, severity: Severity, message: str) -> Finding:
    """A finding about a source."""
    at = placed.location
    return Finding(severity, file, at.line, at.column, at.path, message)


def _loose(placed: PlacedSource) -> str:
    source = placed.source
    if isinstance(source, HubSource | HubFileSource):
        which = f"the revision {source.revision!r} of {source.repo}" if source.revision else f"{source.repo}"
        return f"{which} is not pinned: it can be other weights tomorrow"
    return f"{source.display()} is not pinned: its host can give other weights tomorrow"


def _advice(placed: PlacedSource, pin: Pin | None) -> str:
    if placed.obstacle:
        return placed.obstacle
    if pin is not None:
        return f"add {pin_line(placed, pin)}"
    key = "revision" if isinstance(placed.source, HubSource | HubFileSource) else "sha256"
    return f"`validate --pin` writes `{key}`"


def _sources(entry: Entry, owner: SourcedEntry, raw: object) -> Iterator[PlacedSource]:
    if owner.place is None:
        return
    above = owner.place
    if isinstance(raw, list):
        yield PlacedSource(entry, owner, above.below(1), owner.source, str(raw[1]), frozenset())
    elif isinstance(raw, dict):
        yield from _sources_of_object(entry, owner, above, raw)


def _sources_of_object(
    entry: Entry, owner: SourcedEntry, above: Place, raw: Mapping[str, Any]
) -> Iterator[PlacedSource]:
    keys = frozenset(raw)
    # As they stand in the file
    for key in raw:
        match key, owner:
            case "source", _:
                yield PlacedSource(entry, owner, above.below(key), owner.source, raw[key], keys)
            case "vae", DiffusionEntry(vae=vae) if vae is not None:
                yield PlacedSource(entry, owner, above.below(key), vae, raw[key], keys)
            case ("loras", DiffusionEntry(loras=nested)) | ("inversions", DiffusionEntry(inversions=nested)):
                for inner, written in zip(nested, raw[key], strict=True):
                    yield from _sources(entry, inner, written)


def _names_revision(written: str) -> bool:
    try:
        source = parse_source(written)
    except SourceSyntaxError:
        return False
    return isinstance(source, HubSource | HubFileSource) and source.revision is not None


def _is_commit(revision: str | None) -> bool:
    return revision is not None and COMMIT.fullmatch(revision) is not None
