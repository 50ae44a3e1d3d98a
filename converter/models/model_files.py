"""Where the files of a model are: in a local folder, or somewhere from which only headers and small files are read."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from converter.models.errors import ModelError
from converter.weights import MappedFile, WeightFile, open_weights

MAX_SMALL_BYTES = 32 << 20
"""Configs, tokenizers and lists of shards; the largest known has 4 MB."""


class ModelFiles(Protocol):
    """The files of one model, by their paths inside it (`unet/config.json`)."""

    @property
    def name(self) -> str:
        """What to call it in messages: its folder, repository or file."""
        ...

    @property
    def single(self) -> bool:
        """Whether it is one weight file, whose path inside is its `name`."""
        ...

    def names(self) -> Collection[str]:
        """Every file's path."""
        ...

    def read(self, path: str, max_bytes: int) -> bytes:
        """A small file's bytes.

        Raises:
            ConverterError: it has more than `max_bytes`, or cannot be read.
        """
        ...

    def weights(self, path: str) -> WeightFile:
        """A weight file, opened.

        Raises:
            ConverterError: it is damaged, or cannot be read.
        """
        ...


@dataclass(frozen=True)
class LocalFiles:
    """A model on this machine: a folder, or a single file."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def single(self) -> bool:
        return self.path.is_file()

    def names(self) -> Collection[str]:
        if self.single:
            return (self.name,)
        return [path.relative_to(self.path).as_posix() for path in self.path.rglob("*") if path.is_file()]

    def read(self, path: str, max_bytes: int) -> bytes:
        file = self._file(path)
        if file.stat().st_size > max_bytes:
            raise ModelError(f"{self.name}/{path}: {file.stat().st_size:,} bytes, expected at most {max_bytes:,}")
        return file.read_bytes()

    def weights(self, path: str) -> MappedFile:
        return open_weights(self._file(path))

    def _file(self, path: str) -> Path:
        return self.path if self.single else self.path / path
