"""Stream tensors into a file: read, check, cast, write and digest, a few chunks at a time. It serves every layout.

Main types: `Weights` (a state dict whose tensors are read when asked for), `Streamed` (a tensor and its place in the
file); `stream` writes them all. Nothing here knows what kind of file it is.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, runtime_checkable

from converter.ahead import core_left_free, made_ahead
from converter.files import WriteError
from converter.progress import Progress, Report
from converter.weights import LARGEST_FLOAT16, WeightsError, as_float16, as_float32, check_finite, in_blocks

if TYPE_CHECKING:
    import numpy as np

_CHUNK_BYTES = 2 << 20
"""Small enough that a chunk is checked, written and hashed from the processor's cache."""
_AHEAD_BYTES = 64 << 20
"""Of tensors that are made ahead of what is written."""
_STRIP = 32
_HALF_STRIP = 512
_LARGEST_FLOAT16_BITS = 0x7BFF


Dtype: TypeAlias = Literal["float32", "float16"]


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
    written = 0
    with core_left_free(), path.open("wb", buffering=0) as file, _Digest() as digest:
        for chunk in _file_chunks(tensors, start):
            _write(file, chunk, path)
            digest.add(chunk)
            written += len(chunk)
            report(Progress(task, written, total, "bytes"))
    return StreamedFile(path.name, written, digest.hexdigest)


def _write(file: FileIO, chunk: memoryview, path: Path) -> None:
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
                chunks = _parameter_chunks if tensor.scales_offset is None else _block_chunks
                yield from chunks(next(read), name, tensor)
                tensor.weights.done(name)
            reached = tensor.end


def _made_bytes(arrays: Sequence[np.ndarray]) -> int:
    """What arrays take of this process' own memory; views of a mapped file take nothing."""
    return sum(_root(array).nbytes for array in arrays if _root(array).base is None)


def _root(array: np.ndarray) -> np.ndarray:
    while isinstance(array.base, type(array)):
        array = array.base
    return array


def _parameter_chunks(arrays: Sequence[np.ndarray], name: str, tensor: Streamed) -> Iterator[memoryview]:
    for array in arrays:
        halves = array.dtype == "float16"
        if halves:  # widening takes finite numbers only
            check_finite(array, name)
        # What is float16 and stays it is copied as it is.
        dtype: Dtype = "float16" if halves and tensor.dtype == "float16" else "float32"
        for values in _pieces(array, tensor.permutation, dtype):
            if dtype == tensor.dtype:
                if not halves:
                    _require_finite(values, array, name)
                yield values.data.cast("B")
            else:
                yield _narrowed(values, array, name).data.cast("B")


def _block_chunks(arrays: Sequence[np.ndarray], name: str, tensor: Streamed) -> Iterator[memoryview]:
    """The numbers of all blocks as they are made, and behind them the scales, which are a sixteenth of that."""
    kept: list[np.ndarray] = []
    size_bytes = 0
    for array in arrays:
        check_finite(array, name)
        # As long as whole pieces are whole blocks; the last one is, too, because rows are.
        for values in _pieces(array, tensor.permutation, "float32"):
            _require_in_float16(values, name)
            numbers, scales = in_blocks(values)
            kept.append(scales)
            size_bytes += numbers.nbytes
            yield numbers.data.cast("B")
    yield memoryview(bytes((tensor.scales_offset or 0) - tensor.offset - size_bytes))
    yield from (scales.data.cast("B") for scales in kept)


def _narrowed(values: np.ndarray, tensor: np.ndarray, name: str) -> np.ndarray:
    """Float32 values of a tensor, each rounded to the nearest of float16.

    Raises:
        WeightsError: one is not finite, or beyond the largest number of float16.
    """
    import numpy as np

    halves = as_float16(values)
    # Without their sign the largest number, infinity and NaN are float16's last bit patterns, in this order; looking at
    # half as many bytes as the values have takes a third of the time.
    if (halves.view(np.uint16) & 0x7FFF).max(initial=0) >= _LARGEST_FLOAT16_BITS:
        _require_finite(values, tensor, name)
        _require_in_float16(values, name)
    return halves


def _require_in_float16(values: np.ndarray, name: str) -> None:
    largest = max(float(values.max(initial=0)), -float(values.min(initial=0)))
    if largest > LARGEST_FLOAT16:
        raise WeightsError(
            f"tensor {name!r} has a value of magnitude {largest:.10g}, expected at most {LARGEST_FLOAT16:g}, "
            "the largest of float16; use `precision: fp32`"
        )


def _parts(weights: Weights, name: str, permutation: tuple[int, ...] | None) -> Sequence[np.ndarray]:
    """The arrays that follow each other in the file; those of a turned tensor would not."""
    if permutation is None and isinstance(weights, WeightsInParts):
        return weights.parts(name)
    return (weights.read(name),)


def _require_finite(values: np.ndarray, tensor: np.ndarray, name: str) -> None:
    """Check a piece while it is in the cache; what is wrong is said of the whole tensor, with the right index."""
    try:
        check_finite(values, name)
    except WeightsError:
        check_finite(tensor, name)
        raise


def _pieces(tensor: np.ndarray, permutation: tuple[int, ...] | None, dtype: Dtype) -> Iterator[np.ndarray]:
    """Contiguous pieces of `tensor` (or of its transpose), in C order, flat; `float16` takes only what is float16."""
    import numpy as np

    ordered = tensor.reshape(-1) if permutation is None else tensor.transpose(permutation)
    rows = max(1, _CHUNK_BYTES // max(1, 4 * ordered[:1].size))
    for start in range(0, len(ordered), rows):
        piece = ordered[start : start + rows]
        if permutation == (1, 0):
            yield _transposed(piece, dtype).reshape(-1)
        elif dtype == "float16":
            yield np.ascontiguousarray(piece).reshape(-1)
        else:
            yield as_float32(piece).reshape(-1)


def _transposed(matrix: np.ndarray, dtype: Dtype) -> np.ndarray:
    """A copy of a matrix that lies in memory column by column; two to five times faster than one whole copy.

    Source rows are taken in strips, so that the lines of the source stay in the processor's cache until they are used
    up; those of float16 are widened first, strip by strip, and strips may be longer because they are half as wide.
    """
    import numpy as np

    copy = np.empty(matrix.shape, dtype)
    halves = matrix.dtype == np.float16
    widened = halves and dtype == "float32"
    length = _HALF_STRIP if halves else _STRIP
    for start in range(0, matrix.shape[1], length):
        strip = matrix[:, start : start + length]
        copy[:, start : start + length] = as_float32(strip.T).T if widened else strip
    return copy


class _Digest:
    """SHA-256 in a thread of its own: hashing overlaps with reading and writing, each byte is hashed once."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        # A short queue bounds the memory: four chunks at most wait to be hashed.
        self._queue: queue.Queue[memoryview | None] = queue.Queue(maxsize=4)
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> _Digest:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._queue.put(None)
        self._thread.join()

    @property
    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def add(self, chunk: memoryview) -> None:
        self._queue.put(chunk)

    def _run(self) -> None:
        while (chunk := self._queue.get()) is not None:
            self._hash.update(chunk)
