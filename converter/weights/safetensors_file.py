"""A safetensors file on disk as named, memory-mapped tensors."""

import mmap
import os
import stat
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from converter.weights.dtypes import numpy_dtype
from converter.weights.errors import WeightsError
from converter.weights.foreign import START_BYTES
from converter.weights.header import LENGTH_BYTES, Header, header_size, parse_header
from converter.weights.tensors import TensorInfo

_PAGE_BYTES = mmap.PAGESIZE


class SafetensorsFile:
    """A `TensorSource` over one `.safetensors` file. Open it with `SafetensorsFile.open`, best in a `with` statement.

    Opening reads the header only. `read` gives a view into the mapped file: nothing is copied, and pages come in as
    they are looked at; `done` gives them back, so that memory stays that of the tensors in use.
    """

    def __init__(self, path: Path, header: Header, mapped: mmap.mmap) -> None:
        self._path = path
        self._header = header
        self._mapped = mapped

    @classmethod
    def open(cls, path: Path) -> Self:
        """The file at `path`, with its header checked against its size.

        The file must not be shortened while it is open: the pages that are gone would end the process (SIGBUS).

        Raises:
            WeightsError: it is missing, not readable, not a regular file, not a safetensors file, damaged or truncated.
        """
        try:
            # Looked at before it is opened: opening a FIFO would wait for ever.
            _require_regular(path.stat())
            with path.open("rb") as stream:
                status = os.fstat(stream.fileno())
                _require_regular(status)
                header = _read_header(stream, status.st_size)
                return cls(path, header, mmap.mmap(stream.fileno(), status.st_size, access=mmap.ACCESS_READ))
        except WeightsError as error:
            raise WeightsError(f"{path}: {error}") from error
        except (OSError, ValueError) as error:
            # ValueError: a NUL in the path, or a file that shrank since it was looked at.
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise WeightsError(f"{path}: cannot be opened ({reason}); check the path and its permissions") from error

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    @property
    def header(self) -> Header:
        """Everything that is known without reading a tensor."""
        return self._header

    @property
    def names(self) -> tuple[str, ...]:
        """All tensor names, sorted."""
        return tuple(self._header.tensors)

    def info(self, name: str) -> TensorInfo:
        """Dtype, shape and place of a tensor.

        Raises:
            WeightsError: there is no tensor of that name.
        """
        if name not in self._header.tensors:
            near = get_close_matches(name, self._header.tensors, n=1)
            hint = f"the nearest name is {near[0]!r}" if near else f"it holds {len(self.names)} other tensors"
            raise WeightsError(f"{self._path}: no tensor {name!r}, {hint}; use the file that belongs to this model")
        return self._header.tensors[name]

    def read(self, name: str) -> np.ndarray[Any, Any]:
        """A read-only view of a tensor, shape and dtype as in `info(name)`; it stays valid as long as it is referenced.

        Raises:
            WeightsError: there is no tensor of that name.
        """
        info = self.info(name)
        dtype = numpy_dtype(info.dtype)
        if not info.size_bytes:
            empty = np.empty(info.shape, dtype)
            empty.flags.writeable = False
            return empty
        return np.frombuffer(self._mapped, dtype, info.elements, info.begin).reshape(info.shape)

    def done(self, name: str) -> None:
        """Drop a tensor's pages from this process's memory. Views stay valid: looking at them reads the file again."""
        info = self.info(name)
        # Whole pages, also those shared with a neighbour: coming back costs it one page fault, not the disk.
        begin = info.begin - info.begin % _PAGE_BYTES
        if info.size_bytes and hasattr(mmap, "MADV_DONTNEED"):  # Windows has no advice to give
            self._mapped.madvise(mmap.MADV_DONTNEED, begin, info.end - begin)

    def close(self) -> None:
        """Let go of the file. While views are referenced the mapping stays, and goes with the last of them."""
        with suppress(BufferError):  # what mmap says when there are views
            self._mapped.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _require_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, socket or pipe"
        raise WeightsError(f"found {what}, expected a .safetensors file; give the path of the file itself")


def _read_header(stream: IO[bytes], file_size: int) -> Header:
    size = header_size(stream.read(START_BYTES), file_size)
    stream.seek(LENGTH_BYTES)
    return parse_header(stream.read(size), file_size)
