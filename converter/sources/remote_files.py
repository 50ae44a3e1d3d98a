"""Models that are far away, by their files: small ones are read, of weight files the headers."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from converter.sources.errors import SourceError
from converter.sources.huggingface_errors import explained
from converter.sources.huggingface_repository import HubAccess, HubFile
from converter.sources.range_reader import RangeReader
from converter.sources.traffic import Traffic

if TYPE_CHECKING:
    from converter.weights import HeaderFile


@dataclass(frozen=True)
class RemoteFile:
    """A single weight file."""

    name: str
    reader: RangeReader
    single: bool = True

    def names(self) -> Collection[str]:
        """Its name."""
        return (self.name,)

    def read(self, path: str, max_bytes: int) -> bytes:
        """All of it.

        Raises:
            SourceError: it is larger than `max_bytes`.
        """
        _require_small(f"{self.name}: {path}", self.reader.size_bytes, max_bytes)
        return self.reader.read(0, self.reader.size_bytes)

    def weights(self, path: str) -> HeaderFile:
        """The file, by its header.

        Raises:
            SourceError: it cannot be read.
            WeightsError: it is no weight file, or damaged.
        """
        from converter.weights import open_headers

        return open_headers(path, self.reader.read, self.reader.size_bytes)


@dataclass(frozen=True)
class RemoteFolder:
    """The files of a repository of the Hugging Face Hub that would be fetched, at one commit."""

    name: str
    """`org/repo`."""
    commit: str
    files: Mapping[str, HubFile]
    access: HubAccess
    traffic: Traffic
    reader: Callable[[str], RangeReader]
    """Of the weight file at a path."""
    single: bool = False

    def names(self) -> Collection[str]:
        """Every file's path."""
        return self.files.keys()

    def read(self, path: str, max_bytes: int) -> bytes:
        """A small file, by the Hub's own client and from its cache.

        Raises:
            SourceError: it is larger than `max_bytes`, or gated.
            SourceUnreachable: the Hub does not answer.
        """
        import huggingface_hub as hub

        size_bytes = self.files[path].size_bytes
        _require_small(f"{self.name}/{path}", size_bytes, max_bytes)
        known = isinstance(hub.try_to_load_from_cache(self.name, path, revision=self.commit), str)
        api = hub.HfApi(endpoint=self.access.endpoint, token=self.access.token)
        with explained(self.name, self.commit):
            local = api.hf_hub_download(self.name, path, revision=self.commit)
        if not known:
            self.traffic.received_bytes += size_bytes
        return Path(str(local)).read_bytes()

    def weights(self, path: str) -> HeaderFile:
        """A weight file, by its header.

        Raises:
            SourceError: it cannot be read.
            WeightsError: it is no weight file, or damaged.
        """
        from converter.weights import open_headers

        reader = self.reader(path)
        return open_headers(f"{self.name}/{path}", reader.read, reader.size_bytes)


def _require_small(where: str, size_bytes: int, max_bytes: int) -> None:
    if size_bytes > max_bytes:
        raise SourceError(
            f"{where} has {size_bytes:,} bytes, expected at most {max_bytes:,}; download it to look at it"
        )
