"""What one pass over a registry has read and found so far."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from converter.registry.complaint import About, Complaint
from converter.registry.entries import Entry
from converter.registry.findings import Finding, Location, Path, Severity, in_order
from converter.registry.positions import Place
from converter.registry.quoting import quoted
from converter.registry.reading import Document

_Claims: TypeAlias = dict[str, list[tuple[Path, str]]]
"""Name without regard to case -> where it stands, and how it is written there."""


@dataclass
class Desk:
    """Where findings and entries are collected; mutable, and lives as long as one pass."""

    file: str
    document: Document
    _entries: list[tuple[Path, Entry]] = field(default_factory=list)
    _findings: list[Finding] = field(default_factory=list)
    _claims: dict[str, _Claims] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    """By what must be unique among what."""
    _refused: set[Path] = field(default_factory=set)
    """Values that an error is about."""
    _broken: set[Path] = field(default_factory=set)
    """Sections and entries that have an error."""

    def __post_init__(self) -> None:
        for flaw in self.document.flaws:
            self._refused.add(flaw.path)
            self._break(flaw.path)
            self._add(Severity.ERROR, flaw.location, flaw.message)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All of them, by position."""
        return in_order(self._findings)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Those that have no error, in the order in which they were accepted."""
        return tuple(entry for path, entry in self._entries if path[:2] not in self._broken)

    def place(self, path: Path) -> Place:
        """The value at `path`, to be located later."""
        return Place(path, self.document.positions)

    def locate(self, path: Path) -> Location:
        """Where the value at `path` begins."""
        return self.document.positions.value(path)

    def accept(self, path: Path, entry: Entry) -> None:
        """Keep `entry`, which stands at `path`."""
        self._entries.append((path, entry))

    def is_whole(self, path: Path) -> bool:
        """Whether the entry at `path` has no error yet."""
        return path[:2] not in self._broken

    def warn(self, path: Path, message: str) -> None:
        """Tell a person something about the value at `path`."""
        self._add(Severity.WARNING, self.locate(path), message)

    def refuse(self, above: Path, complaints: Iterable[Complaint]) -> None:
        """Make errors of complaints about the value at `above`.

        Of several about the same value the first one counts: the others say the same in other words.
        """
        for complaint in complaints:
            path = (*above, *complaint.path)
            if complaint.about is About.VALUE and path in self._refused:
                continue
            if complaint.about is About.VALUE:
                self._refused.add(path)
            self._break(path)
            positions = self.document.positions
            location = positions.key(path) if complaint.about is About.KEY else positions.value(path)
            self._add(Severity.ERROR, location, complaint.message)

    def claim(self, namespace: str, path: Path, name: str) -> None:
        """Note that the value at `path` takes `name` among those of `namespace`."""
        self._claims[namespace][name.casefold()].append((path, name))

    def refuse_duplicates(self) -> None:
        """Make errors of all names that were claimed before."""
        for claims in self._claims.values():
            for (first, original), *others in claims.values():
                for path, name in others:
                    self._break(path)
                    written = "" if name == original else f" as {quoted(original)}"
                    message = f"the name {quoted(name)} is taken{written} on line {self.locate(first).line}; rename one"
                    self._add(Severity.ERROR, self.locate(path), message)

    def _break(self, path: Path) -> None:
        self._broken.add(path[:2])

    def _add(self, severity: Severity, location: Location, message: str) -> None:
        self._findings.append(Finding(severity, self.file, location.line, location.column, location.path, message))
