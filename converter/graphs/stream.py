"""Stream parameters into a data file: read, check, transpose, write and digest, a few chunks at a time."""

from __future__ import annotations

import hashlib
import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from converter.graphs.errors import GraphError
from converter.graphs.layout import Slot
from converter.progress import Progress, Report
from converter.weights import WeightsError, check_finite

if TYPE_CHECKING:
    import numpy as np

_CHUNK_BYTES = 2 << 20
"""Small enough that a chunk is checked, written and hashed from the processor's cache."""
_STRIP = 32


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


@dataclass(frozen=True)
class BoundFile:
    """A file that binding wrote, digested while it was written."""

    name: str
    size_bytes: int
    sha256: str


def stream(slots: tuple[Slot, ...], weights: Weights, path: Path, report: Report) -> BoundFile:
    """Write each parameter to its slot; memory holds a few chunks of 2 MiB, whatever the size of the file.

    Args:
        slots: in the order of their offsets.
        weights: the values, cast to float32 and transposed where the slot says so.
        path: the file.
        report: called with the bytes done.

    Raises:
        WeightsError: a value is NaN or infinite.
        GraphError: the file cannot be written to its end.
    """
    total, task = slots[-1].end, f"{path.parent.name}: streaming weights"
    written = 0
    with path.open("wb", buffering=0) as file, _Digest() as digest:
        for slot in slots:
            for chunk in _slot_chunks(slot, weights, padding=slot.offset - written):
                _write(file, chunk, path)
                digest.add(chunk)
                written += len(chunk)
                report(Progress(task, written, total, "bytes"))
            weights.done(slot.parameter.source)
    return BoundFile(path.name, written, digest.hexdigest)


def _write(file: FileIO, chunk: memoryview, path: Path) -> None:
    """Write all of `chunk`: a disk that fills up takes a part without an error, and refuses only the next call."""
    done = 0
    try:
        while done < len(chunk):
            done += file.write(chunk[done:]) or 0
    except OSError as error:
        raise GraphError(
            f"{path}: writing stopped ({error.strerror}); make room or choose another folder, and run again"
        ) from error


def _slot_chunks(slot: Slot, weights: Weights, *, padding: int) -> Iterator[memoryview]:
    """The bytes of one slot and of the gap before it, in pieces of about 2 MiB."""
    if padding:
        yield memoryview(bytes(padding))
    name = slot.parameter.source
    tensor = weights.read(name)
    for values in _pieces(tensor, slot.parameter.permutation):
        _require_finite(values, tensor, name)
        yield values.data.cast("B")


def _require_finite(values: np.ndarray, tensor: np.ndarray, name: str) -> None:
    """Check a piece while it is in the cache; what is wrong is said of the whole tensor, with the right index."""
    try:
        check_finite(values, name)
    except WeightsError:
        check_finite(tensor, name)
        raise


def _pieces(tensor: np.ndarray, permutation: tuple[int, ...] | None) -> Iterator[np.ndarray]:
    """Contiguous float32 pieces of `tensor` (or of its transpose), in C order, flat."""
    import numpy as np

    ordered = tensor.reshape(-1) if permutation is None else tensor.transpose(permutation)
    rows = max(1, _CHUNK_BYTES // max(1, 4 * ordered[:1].size))
    for start in range(0, len(ordered), rows):
        piece = ordered[start : start + rows]
        if permutation == (1, 0):
            yield _transposed(piece).reshape(-1)
        else:
            yield np.ascontiguousarray(piece, dtype=np.float32).reshape(-1)


def _transposed(matrix: np.ndarray) -> np.ndarray:
    """A float32 copy of a matrix that lies in memory column by column; two to five times faster than one whole copy.

    Source rows are taken in strips, so that the lines of the source stay in the processor's cache until they are used
    up.
    """
    import numpy as np

    copy = np.empty(matrix.shape, np.float32)
    for start in range(0, matrix.shape[1], _STRIP):
        copy[:, start : start + _STRIP] = matrix[:, start : start + _STRIP]
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
