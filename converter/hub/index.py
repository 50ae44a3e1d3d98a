"""The index of releases: `index.json` on `main`, a cache of the tags and their manifests. Pure."""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, fields, replace
from itertools import product
from operator import attrgetter, itemgetter

from converter.canonical import JsonObject, readable_json
from converter.frozen import frozen
from converter.hub.errors import HubError, IndexUnreadable, ReleaseNotFound, YankedRelease
from converter.registry import optimize_of, printable
from converter.release.layout import LARGE
from converter.release.records import FileRecord

INDEX_SCHEMA = 1
_FILES = re.compile(r"(?:[0-9a-f]{64}+ [0-9]{1,20}+ [^\n]++(?:\n|\Z))*+")


@dataclass(frozen=True)
class IndexRow:
    """One release, as much of it as planning, listing and downloading need."""

    name: str
    version: int
    tag: str
    commit: str
    """What the tag marks."""
    fingerprint: str
    recipe: int
    asked: JsonObject
    """The canonical form of the registry entry."""
    architecture: str
    precision: str
    license: str | None
    size_bytes: int
    sums_sha256: str
    """SHA-256 of the release's `SHA256SUMS`, which stands for its whole content."""
    yanked: str | None = None
    """Why nobody should take this release any more; `None` for a good one."""
    files: tuple[str, ...] | None = None
    """Its `LARGE` files, a line of digest, bytes and path each: ten thousand releases are read faster so, and few of
    them are looked into. `None` in what was written before there were any: `index.json` then says nothing."""

    @property
    def large_files(self) -> Iterator[FileRecord]:
        """The files that `files` has; none where it is `None`."""
        for line in self.files or ():
            sha256, size_bytes, path = line.split(" ", 2)
            yield FileRecord(path, int(size_bytes), sha256)

    @property
    def optimize(self) -> str:
        """Which operators of it are fused; `none` where nothing was written down."""
        return optimize_of(self.asked)

    @property
    def level(self) -> str:
        """Both in a word or two, for people: `fp16`, `fp16 fused`."""
        return self.precision if self.optimize == "none" else f"{self.precision} {self.optimize}"

    def marked(self, reason: str | None) -> "IndexRow":
        """This row, yanked for a reason; `None` for good."""
        return self if self.yanked == reason else replace(self, yanked=reason)


@dataclass(frozen=True)
class Index:
    """Every release, sorted by name and version."""

    rows: tuple[IndexRow, ...] = ()

    @staticmethod
    def of(rows: Iterable[IndexRow]) -> "Index":
        """The index of these rows, in whatever order they come.

        Raises:
            ValueError: two rows have the same tag.
        """
        ordered = tuple(sorted(rows, key=attrgetter("name", "version")))
        if len({row.tag for row in ordered}) != len(ordered):
            raise ValueError("two rows of the index have the same tag")
        return Index(ordered)

    @property
    def by_tag(self) -> Mapping[str, IndexRow]:
        return {row.tag: row for row in self.rows}

    @property
    def names(self) -> tuple[str, ...]:
        """Every name once, sorted."""
        return tuple(sorted({row.name for row in self.rows}))

    def versions(self, name: str) -> tuple[IndexRow, ...]:
        """The releases of one name, oldest first."""
        return tuple(row for row in self.rows if row.name == name)

    def with_yanked(self, reasons: Mapping[str, str]) -> "Index":
        """This index with exactly these releases yanked, by tag; tags without a row mean nothing."""
        return Index(tuple(row.marked(reasons.get(row.tag)) for row in self.rows))

    def latest(self, name: str) -> IndexRow | None:
        """The newest release of a name that is not yanked."""
        return next((row for row in reversed(self.versions(name)) if row.yanked is None), None)

    def find(self, wanted: str, *, allow_yanked: bool = False) -> IndexRow:
        """The release `NAME.vN`, or the latest good one of `NAME`.

        Args:
            wanted: a tag or a name.
            allow_yanked: take a yanked release if it was named, or if its name has no other.

        Raises:
            YankedRelease: it, or every release of the name, is yanked; with the reason.
            ReleaseNotFound: with the nearest names.
        """
        versions = self.versions(wanted)
        found = self.by_tag.get(wanted) or self.latest(wanted) or (versions[-1] if versions else None)
        if found is None:
            raise ReleaseNotFound(self._why_not(wanted))
        if found.yanked is not None and not allow_yanked:
            raise YankedRelease(self._why_yanked(wanted, found))
        return found

    def _why_yanked(self, wanted: str, found: IndexRow) -> str:
        what = f"{found.tag} is" if wanted == found.tag else f"every release of {wanted} is"
        good = self.latest(found.name)
        advice = f"take {good.tag}, or" if good is not None else "take another model, or"
        return f"{what} yanked: {printable(str(found.yanked))}; {advice} give --allow-yanked to use it all the same"

    def _why_not(self, wanted: str) -> str:
        tags = [row.tag for row in self.rows]
        versions = [row.tag for row in self.versions(wanted.rpartition(".v")[0])]
        near = versions[-5:] or difflib.get_close_matches(wanted, [*self.names, *tags], n=5)
        hint = f"did you mean {', '.join(near)}?" if near else "`list` shows what there is"
        return f"found no release {wanted!r} among {len(self.names)} models; {hint}"

    def to_json(self) -> bytes:
        """The bytes of `index.json`; `Index.from_json(i.to_json()) == i`."""
        return readable_json({"schema": INDEX_SCHEMA, "releases": [_object(row) for row in self.rows]})

    @staticmethod
    def from_json(data: bytes, where: str) -> "Index":
        """Read the bytes of an `index.json`; `where` names the place in messages.

        Raises:
            IndexUnreadable: it is not an index; the tags can make a new one.
            HubError: a later version of this tool wrote it, which must not be overwritten.
        """
        try:
            raw = json.loads(data)
            schema = raw["schema"]
            if isinstance(schema, int) and schema > INDEX_SCHEMA:
                raise HubError(
                    f"{where}: the index has schema {schema}, this version knows {INDEX_SCHEMA}; "
                    "use a later version of this tool"
                )
            if schema != INDEX_SCHEMA:
                raise IndexUnreadable(f"{where}: schema is {schema!r}, expected {INDEX_SCHEMA}")
            return Index.of(_row(item) for item in raw["releases"])
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise IndexUnreadable(f"{where}: not an index of releases ({type(error).__name__}: {error})") from error


_TYPES: Mapping[str, tuple[type, ...]] = {
    "version": (int,),
    "recipe": (int,),
    "size_bytes": (int,),
    "asked": (dict,),
    "license": (str, type(None)),
    "yanked": (str, type(None)),
}
"""JSON types of the fields that are not text."""
_COLUMNS = {field.name: _TYPES.get(field.name, (str,)) for field in fields(IndexRow) if field.name != "files"}
_values = itemgetter(*_COLUMNS)
_ROWS = frozenset(product(*_COLUMNS.values()))
"""The types that the values of a row may have, all at once: of ten thousand rows nearly all are right."""


def large_lines(files: Iterable[FileRecord]) -> tuple[str, ...] | None:
    """What `IndexRow.files` has of the files of a release; `None` for a hand-made manifest with other than those."""
    lines = tuple(f"{file.sha256} {file.size_bytes} {file.path}" for file in files if file.path.endswith(LARGE))
    return lines if _are_files(lines) else None


def _are_files(lines: Iterable[str]) -> bool:
    return _FILES.fullmatch("\n".join(lines)) is not None


def _object(row: IndexRow) -> JsonObject:
    said = asdict(row)
    if row.files is None:
        del said["files"]
    return said


def _row(raw: Mapping[str, object]) -> IndexRow:
    values = _values(raw)
    if tuple(map(type, values)) not in _ROWS:
        wrong = zip(_COLUMNS.items(), values, strict=True)
        raise TypeError(next(f"{name} is {value!r}" for (name, kinds), value in wrong if type(value) not in kinds))
    row = frozen(IndexRow, {**raw, "files": _lines(raw.get("files"))})  # unknown keys are a TypeError
    if row.tag != f"{row.name}.v{row.version}":
        raise ValueError(f"the tag of {row.name} {row.version} is {row.tag!r}")
    return row


def _lines(raw: object) -> tuple[str, ...] | None:
    if raw is None:
        return None
    if not isinstance(raw, list) or not set(map(type, raw)) <= {str} or not _are_files(raw):
        raise ValueError(f"files is {str(raw)[:80]!r}, expected lines of digest, bytes and path")
    return tuple(raw)
