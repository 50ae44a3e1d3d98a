"""A weight file of any format, once it is known where its tensors lie: named, memory-mapped views."""

import mmap
import os
import stat
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar

import numpy as np

from converter.weights.dtypes import numpy_dtype
from converter.weights.errors import WeightsError
from converter.weights.reading import ReadAt
from converter.weights.tensors import TensorInfo, find
from converter.weights.weight_file import Form

_PAGE_BYTES = mmap.PAGESIZE
_Read = TypeVar("_Read")


class MappedFile:
    """A `WeightFile` on this machine. The formats say how it is opened.

    `read` gives a view into the mapped file: nothing is copied, and pages come in as they are looked at; `done` gives
    them back, so that memory stays that of the tensors in use.
    """

    form: ClassVar[Form]
    """What wrote the file, told from its content."""

    def __init__(self, path: Path, tensors: Mapping[str, TensorInfo], mapped: mmap.mmap) -> None:
        """`tensors`, sorted by name, lie inside `mapped`, the whole of the file at `path`."""
        self._path = path
        self._tensors = tensors
        self._mapped = mapped
        self._size_bytes = len(mapped)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._path

    @property
    def name(self) -> str:
        return self._path.name

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    @property
    def metadata(self) -> Mapping[str, str]:
        return {}

    @property
    def names(self) -> tuple[str, ...]:
        """All tensor names, sorted."""
        return tuple(self._tensors)

    def info(self, name: str) -> TensorInfo:
        """Dtype, shape and place of a tensor.

        Raises:
            WeightsError: there is no tensor of that name.
        """
        return find(self._tensors, name, str(self._path))

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
        if info.strides is None:
            return np.frombuffer(self._mapped, dtype, info.elements, info.begin).reshape(info.shape)
        strides = [stride * dtype.itemsize for stride in info.strides]
        return np.ndarray(info.shape, dtype, self._mapped, info.begin, strides)

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


def map_file(path: Path, parse: Callable[[ReadAt, int], _Read]) -> tuple[_Read, mmap.mmap]:
    """Map a file and read what says where its tensors lie.

    The file must not be shortened while it is mapped: the pages that are gone would end the process (SIGBUS).

    Args:
        path: of the file.
        parse: called with a function that reads bytes (`begin, size`) and with the file's size; what it raises gets
            the path before its message.

    Raises:
        WeightsError: the file is missing, not readable, not a regular file, or not what `parse` expects.
    """
    try:
        # Looked at before it is opened: opening a FIFO would wait for ever.
        _require_regular(path.stat())
        with path.open("rb") as stream:
            status = os.fstat(stream.fileno())
            _require_regular(status)

            def read(begin: int, size: int) -> bytes:
                # Not through the mapping: what is read here is not looked at again, and needs no pages of ours.
                stream.seek(min(begin, status.st_size))
                return stream.read(max(0, min(size, status.st_size - begin)))

            parsed = parse(read, status.st_size)
            return parsed, mmap.mmap(stream.fileno(), status.st_size, access=mmap.ACCESS_READ)
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error
    except (OSError, ValueError) as error:
        # ValueError: a NUL in the path, or a file that shrank since it was looked at.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise WeightsError(f"{path}: cannot be opened ({reason}); check the path and its permissions") from error


def _require_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "a device, socket or pipe"
        raise WeightsError(f"found {what}, expected a weight file; give the path of the file itself")
