"""A safetensors file on disk as named, memory-mapped tensors."""

import mmap
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from converter.weights.foreign import START_BYTES
from converter.weights.header import LENGTH_BYTES, Header, header_size, parse_header
from converter.weights.mapped_file import MappedFile, map_file
from converter.weights.reading import ReadAt


class SafetensorsFile(MappedFile):
    """A `TensorSource` over one `.safetensors` file. Open it with `SafetensorsFile.open`, best in a `with` statement.

    Opening reads the header only.
    """

    form = "safetensors"

    def __init__(self, path: Path, header: Header, mapped: mmap.mmap) -> None:
        super().__init__(path, header.tensors, mapped)
        self._header = header

    @classmethod
    def open(cls, path: Path) -> Self:
        """The file at `path`, with its header checked against its size.

        Raises:
            WeightsError: it is missing, not readable, not a regular file, not a safetensors file, damaged or truncated.
        """
        header, mapped = map_file(path, read_header)
        return cls(path, header, mapped)

    @property
    def header(self) -> Header:
        """Everything that is known without reading a tensor."""
        return self._header

    @property
    def metadata(self) -> Mapping[str, str]:
        return self._header.metadata


def read_header(read: ReadAt, file_size: int) -> Header:
    """The header of a file that may be far away, in two reads.

    Raises:
        WeightsError: it is no safetensors file, damaged or cut off.
    """
    size = header_size(read(0, START_BYTES), file_size)
    return parse_header(read(LENGTH_BYTES, size), file_size)
