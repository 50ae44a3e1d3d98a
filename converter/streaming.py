"""Stream tensors into a file: read, check, cast, write and digest, a few chunks at a time. It serves every layout.

Main types: `Weights` (a state dict whose tensors are read when asked for), `Streamed` (a tensor and its place in the
file); `stream` writes them all. Nothing here knows what kind of file it is.

What is checked and cast is written in a second thread and digested in a third.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from converter.ahead import core_left_free, made_ahead
from converter.chunks import Dtype, block_chunks, plain_chunks
from converter.files import WriteError
from converter.progress import Progress, Report
from converter.sink import Sink

if TYPE_CHECKING:
    import numpy as np

_AHEAD_BYTES = 64 << 20
"""Of tensors that are made ahead of what is written."""


class Weights(Protocol):
    """The state dict of one component: names, shapes, and tensors that are read when asked for."""

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]: ...

    def read(self, name: str) -> np.ndarray:
        """The tensor as an array, ideally a view of a mapped file."""
        ...

    def done(self, name: str) -> None:
        """The tensor will not be read again: its pages may go."""
        ...


@runtime_checkable
class WeightsInParts(Weights, Protocol):
    """Weights, of which some consist of several arrays: `read` would have to copy them into one."""

    def parts(self, name: str) -> Sequence[np.ndarray]:
        """The arrays that, one behind the other along their first axis, are `read(name)`."""
        ...


@dataclass(frozen=True)
class Streamed:
    """One tensor of the file: a parameter, or several below each other."""

    weights: Weights
    names: tuple[str, ...]
    """Parameters, in the order of their rows."""
    offset: int
    size_bytes: int
    permutation: tuple[int, ...] | None = None
    """Axes of each parameter in the order in which they are stored; `None` means unchanged."""
    dtype: Dtype = "float32"
    """As it is stored."""
    scales_offset: int | None = None
    """Where the scales of its blocks begin, if it is stored in 8 bits; the numbers begin at `offset`."""

    @property
    def end(self) -> int:
        return self.offset + self.size_bytes


@dataclass(frozen=True)
class StreamedFile:
    """A file that was digested while it was written."""

    name: str
    size_bytes: int
    sha256: str


def stream(tensors: Sequence[Streamed], path: Path, task: str, report: Report, *, start: bytes = b"") -> StreamedFile:
    """Write each tensor to its place; memory holds a few chunks of 2 MiB, whatever the size of the file.

    Tensors that are made when they are read, not mapped, are made one ahead of what is written.

    Args:
        tensors: in the order of their offsets.
        path: the file.
        task: what `report` calls the work.
        report: called with the bytes done.
        start: the first bytes of the file.

    Raises:
        WeightsError: a value is NaN or infinite, or too large for float16, in 8 bits too.
        WriteError: the file cannot be written to its end.
    """
    total = tensors[-1].end if tensors else len(start)
    done = 0
    digest = hashlib.sha256()
    with (
        core_left_free(),
        path.open("wb", buffering=0) as file,
        Sink(partial(_write, file, path)) as written,
        Sink(digest.update) as digested,
    ):
        for chunk in _file_chunks(tensors, start):
            written.put(chunk)
            digested.put(chunk)
            done += len(chunk)
            report(Progress(task, done, total, "bytes"))
    return StreamedFile(path.name, done, digest.hexdigest())


def _write(file: FileIO, path: Path, chunk: memoryview) -> None:
    """Write all of `chunk`: a disk that fills up takes a part without an error, and refuses only the next call."""
    done = 0
    try:
        while done < len(chunk):
            done += file.write(chunk[done:]) or 0
    except OSError as error:
        raise WriteError(
            f"{path}: writing stopped ({error.strerror}); make room or choose another folder, and run again"
        ) from error


def _file_chunks(tensors: Sequence[Streamed], start: bytes) -> Iterator[memoryview]:
    """The bytes of the file, the gaps between the tensors included, in pieces of about 2 MiB."""
    if start:
        yield memoryview(start)
    reached = len(start)
    reads = (partial(_parts, tensor.weights, name, tensor.permutation) for tensor in tensors for name in tensor.names)
    with closing(made_ahead(reads, _made_bytes, _AHEAD_BYTES)) as read:
        for tensor in tensors:
            if tensor.offset > reached:
                yield memoryview(bytes(tensor.offset - reached))
            for name in tensor.names:
                yield from _chunks(next(read), name, tensor)
                tensor.weights.done(name)
            reached = tensor.end


def _chunks(arrays: Sequence[np.ndarray], name: str, tensor: Streamed) -> Iterator[memoryview]:
    if tensor.scales_offset is None:
        return plain_chunks(arrays, name, tensor.permutation, tensor.dtype)
    return block_chunks(arrays, name, tensor.permutation, tensor.scales_offset - tensor.offset)


def _made_bytes(arrays: Sequence[np.ndarray]) -> int:
    """What arrays take of this process' own memory; views of a mapped file take nothing."""
    return sum(_root(array).nbytes for array in arrays if _root(array).base is None)


def _root(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, type(array)):
        array = array.base
    return array


def _parts(weights: Weights, name: str, permutation: tuple[int, ...] | None) -> Sequence[np.ndarray]:
    """The arrays that follow each other in the file; those of a turned tensor would not."""
    if permutation is None and isinstance(weights, WeightsInParts):
        return weights.parts(name)
    return (weights.read(name),)
