"""Stream tensors into a safetensors file, in float32.

The format: https://github.com/safetensors/safetensors/blob/v0.8.0/README.md#format (Apache-2.0)
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

from converter.files import require_space
from converter.progress import Report
from converter.streaming import Streamed, StreamedFile, Weights, stream

_ELEMENT_BYTES = 4
_ALIGNMENT = 8
_SWAPPED = (1, 0)


@dataclass(frozen=True)
class SafetensorsTensor:
    """One tensor of the file."""

    key: str
    shape: tuple[int, ...]
    """As the file has it, in elements; some axis of it may be zero."""
    weights: Weights
    names: tuple[str, ...]
    """Parameters of `weights`, one below the other."""
    transposed: bool = False
    """The file has each with its two axes swapped."""

    @property
    def size_bytes(self) -> int:
        return prod(self.shape) * _ELEMENT_BYTES


def write_safetensors(
    tensors: Sequence[SafetensorsTensor], metadata: Mapping[str, str], path: Path, *, task: str, report: Report
) -> StreamedFile:
    """Write a file; memory holds a few chunks of 2 MiB and the largest tensor that a LoRA changes.

    Args:
        tensors: in the order in which they are stored.
        metadata: free text; `format` says that it is torch's, which transformers wants to know.
        path: the file; its folder is made.
        task: what `report` calls the work.
        report: called with the bytes done.

    Raises:
        WeightsError: a value is NaN or infinite.
        WriteError: the disk fills up all the same.
        NoSpaceError: the disk has no room; nothing was written.
    """
    header = _header(tensors, {"format": "pt", **metadata})
    require_space(path.parent, len(header) + sum(tensor.size_bytes for tensor in tensors))
    path.parent.mkdir(parents=True, exist_ok=True)
    streamed, offset = [], len(header)
    for tensor in tensors:
        permutation = _SWAPPED if tensor.transposed else None
        streamed.append(Streamed(tensor.weights, tensor.names, offset, tensor.size_bytes, permutation))
        offset += tensor.size_bytes
    return stream(streamed, path, task, report, start=header)


def _header(tensors: Sequence[SafetensorsTensor], metadata: Mapping[str, str]) -> bytes:
    """Length, then JSON, filled up with blanks so that the first tensor starts on a multiple of eight bytes."""
    entries: dict[str, object] = {"__metadata__": dict(metadata)}
    begin = 0
    for tensor in tensors:
        end = begin + tensor.size_bytes
        entries[tensor.key] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [begin, end]}
        begin = end
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    return len(text).to_bytes(8, "little") + text
