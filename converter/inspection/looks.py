"""Looks at sources by the settings of a workshop, each made once."""

from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import urlsplit

from converter.errors import ConverterError
from converter.models import LocalFiles, ModelFiles
from converter.registry import CivitaiSource, HttpsSource, HubSource, Source
from converter.sources import Downloads, Look, SourceKind, concept_source, look, told_apart
from converter.weights import WeightFile
from converter.workshop import Workshop

_T = TypeVar("_T")
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True)
class Looked:
    """A source that was looked at."""

    source: Source
    """Of a repository that is a Textual Inversion's, the one file."""
    look: Look
    files: ModelFiles
    """Of what is far away, each weight file is opened once."""
    name: str
    """What a person calls it: the repository, the folder, or the file without its ending."""

    @property
    def size_bytes(self) -> int:
        """Of a single file."""
        place = self.look.place
        return place.stat().st_size if isinstance(place, Path) else self.look.download_bytes


@dataclass(frozen=True, eq=False)
class LookCache:
    """Looks of one run: entries that share a source share the look, also one that failed."""

    workshop: Workshop
    _known: dict[tuple[Source, SourceKind], Looked | ConverterError] = field(default_factory=dict, repr=False)
    _told: dict[Source, tuple[Source, SourceKind] | ConverterError] = field(default_factory=dict, repr=False)
    _concepts: dict[Source, Source | ConverterError] = field(default_factory=dict, repr=False)
    _fetched: dict[tuple[Source, str | None], Path | ConverterError] = field(default_factory=dict, repr=False)

    def at(self, source: Source, kind: SourceKind = SourceKind.PIPELINE) -> Looked:
        """Look at a source.

        Args:
            source: as the registry has it.
            kind: what a repository of the Hub is.

        Raises:
            SourceError: it is missing, not allowed, or cannot be looked at.
            SourceUnreachable: its host does not answer.
        """
        return _once(self._known, (source, kind), lambda: _looked(source, kind, self.workshop))

    def of_unknown(self, source: Source) -> Looked:
        """Look at a source of which nobody said what it is.

        Raises:
            SourceError: as `at` does.
            SourceUnreachable: as `at` does.
        """
        told = _once(self._told, source, lambda: told_apart(source, self.workshop.access))
        return replace(self.at(*told), name=_name(source))

    def of_inversion(self, source: Source) -> Looked:
        """Look at a source that is a Textual Inversion: of a repository, at its one file.

        Raises:
            SourceError: as `at` does, or the repository has no such file.
            SourceUnreachable: as `at` does.
        """
        return self.at(_once(self._concepts, source, lambda: concept_source(source, self.workshop.access)))

    def fetched(self, source: Source, sha256: str | None = None) -> Path:
        """The whole of a file, which is to be small: the caller knows.

        Raises:
            SourceError: it is missing, not allowed, or not what `sha256` says.
            SourceUnreachable: its host does not answer.
        """
        return _once(self._fetched, (source, sha256), lambda: self.workshop.fetch(source, sha256=sha256).path)


@dataclass(frozen=True, eq=False)
class _KeptFiles:
    """Files that are far away, each weight file of which is opened once: nothing of one has to be closed."""

    files: ModelFiles
    _opened: dict[str, WeightFile] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.files.name

    @property
    def single(self) -> bool:
        return self.files.single

    def names(self) -> Collection[str]:
        return self.files.names()

    def read(self, path: str, max_bytes: int) -> bytes:
        return self.files.read(path, max_bytes)

    def weights(self, path: str) -> WeightFile:
        if path not in self._opened:
            self._opened[path] = self.files.weights(path)
        return self._opened[path]


def _looked(source: Source, kind: SourceKind, workshop: Workshop) -> Looked:
    downloads = Downloads(workshop.cache / "downloads", workshop.policy, workshop.civitai)
    found = look(source, root=workshop.root, access=workshop.access, downloads=downloads, kind=kind)
    files = LocalFiles(found.place) if isinstance(found.place, Path) else _KeptFiles(found.place)
    return Looked(source, found, files, _name(source))


def _name(source: Source) -> str:
    match source:
        case HubSource(repo=repo):
            return repo.rpartition("/")[2]
        case CivitaiSource(version_id=number):
            return str(number)
        case HttpsSource():
            return PurePosixPath(urlsplit(source.display()).path).stem or "inversion"
        case _:
            return PurePosixPath(source.path).stem


def _once(known: dict[_Key, _T | ConverterError], key: _Key, make: Callable[[], _T]) -> _T:
    """What `make` says the first time that it is asked about `key`; it raises the same again."""
    if key not in known:
        try:
            known[key] = make()
        except ConverterError as error:
            known[key] = error
    found = known[key]
    if isinstance(found, ConverterError):
        raise found
    return found
