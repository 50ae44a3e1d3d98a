"""The header of a safetensors file: which tensors it holds and where. Pure: bytes in, values out.

The format: eight bytes (little-endian length), that many bytes of JSON, then the tensors' bytes without a gap.
https://github.com/safetensors/safetensors/blob/v0.8.0/README.md#format (Apache-2.0)
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NoReturn

from converter.weights.errors import WeightsError
from converter.weights.foreign import recognise
from converter.weights.header_entry import clipped, tensor_info
from converter.weights.tensors import TensorInfo

LENGTH_BYTES = 8
MAX_HEADER_BYTES = 100_000_000
"""The limit of the safetensors library; it stops a file that makes its reader take all memory for names."""
_AGAIN = "download it again"


@dataclass(frozen=True)
class Header:
    """What a safetensors file says about itself, checked against its size."""

    tensors: Mapping[str, TensorInfo]
    """By name, sorted by name."""
    metadata: Mapping[str, str]
    """Free text of the program that wrote the file (`__metadata__`)."""


def header_size(start: bytes, file_size: int) -> int:
    """How many bytes of JSON follow the first eight.

    Args:
        start: The file's first bytes: 512 of them, or the whole file when it is shorter.
        file_size: Size of the whole file in bytes.

    Raises:
        WeightsError: the file is empty, too short, something else (a web page, a pickle, ...), or the length is absurd.
    """
    if file_size == 0:
        raise WeightsError(f"the file is empty (0 bytes), expected a safetensors file; {_AGAIN}")
    size = int.from_bytes(start[:LENGTH_BYTES], "little")
    plausible = start[LENGTH_BYTES : LENGTH_BYTES + 1] == b"{" and size <= MAX_HEADER_BYTES
    if not plausible and (known := recognise(start)) is not None:
        raise WeightsError(known)
    if file_size <= LENGTH_BYTES:
        raise WeightsError(f"the file is too short ({file_size} bytes), expected a header after 8 bytes; {_AGAIN}")
    if size > MAX_HEADER_BYTES:
        raise WeightsError(
            f"the first 8 bytes announce a header of {size:,} bytes, expected at most {MAX_HEADER_BYTES:,}; "
            "this is no safetensors file, or a damaged one: check where it came from"
        )
    if LENGTH_BYTES + size > file_size:
        raise WeightsError(
            f"the header claims {size:,} bytes, more than the file has ({file_size:,} bytes in all); "
            f"the file is cut off or damaged: {_AGAIN}"
        )
    return size


def parse_header(header: bytes, file_size: int) -> Header:
    """The tensors of a file of `file_size` bytes whose JSON is `header` (without the eight bytes before it).

    After it, reading any tensor stays inside the file: the tensors cover `file_size - 8 - len(header)` bytes exactly.

    Raises:
        WeightsError: the JSON is broken, a tensor is described wrongly, or the data is longer or shorter than it says.
    """
    entries = _json_object(header)
    metadata = _metadata(entries.pop("__metadata__", {}))
    data_begin = LENGTH_BYTES + len(header)
    tensors = {name: tensor_info(name, entries[name], data_begin) for name in sorted(entries)}
    _require_covered(tensors, data_begin, file_size)
    return Header(MappingProxyType(tensors), MappingProxyType(metadata))


def _json_object(header: bytes) -> dict[str, object]:
    if header[:1] != b"{":
        _broken(f"it begins with {clipped(header[:16])}, expected '{{'")
    try:
        raw = json.loads(header.decode(), object_pairs_hook=_unique, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError is a ValueError
        _broken(str(error), error)
    if not isinstance(raw, dict):
        _broken(f"it is a {type(raw).__name__}, expected an object")
    return raw


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    # json keeps the last of two equal keys, other readers the first: they would load different weights.
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {clipped(twice)} is there twice")
    return found


def _no_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _broken(why: str, cause: Exception | None = None) -> NoReturn:
    raise WeightsError(f"the header is not a JSON object in UTF-8 ({why}); the file is damaged: {_AGAIN}") from cause


def _metadata(raw: object) -> dict[str, str]:
    if not isinstance(raw, dict):
        raise WeightsError(f"__metadata__ is {clipped(raw)}, expected an object of texts; save the file again")
    for key, value in raw.items():
        if not isinstance(value, str):
            raise WeightsError(
                f"__metadata__: {clipped(key)} is {clipped(value)}, expected a text; save the file again"
            )
    return raw


def _require_covered(tensors: Mapping[str, TensorInfo], data_begin: int, file_size: int) -> None:
    """Check that the tensors follow each other without a gap, from `data_begin` to the end of the file.

    Bytes that no tensor covers can hide a second file in this one; bytes that two tensors cover make a file that
    claims to be larger than it is.
    """
    reached, previous = data_begin, "the header"
    for name, info in sorted(tensors.items(), key=lambda item: (item[1].begin, item[1].end)):
        if info.begin != reached:
            kind = "overlaps" if info.begin < reached else "leaves a hole after"
            raise WeightsError(
                f"tensor {clipped(name)} {kind} {previous}: it begins at byte {info.begin:,}, expected {reached:,}; "
                "the file is damaged or was made to deceive: check where it came from"
            )
        reached, previous = info.end, f"tensor {clipped(name)}"
    if reached > file_size:
        raise WeightsError(
            f"the file is truncated: {file_size:,} bytes, expected {reached:,} by its header, "
            f"{reached - file_size:,} are missing; {_AGAIN}"
        )
    if reached < file_size:
        raise WeightsError(
            f"the file is longer than its header says: {file_size:,} bytes, expected {reached:,}; "
            f"{file_size - reached:,} bytes belong to no tensor: {_AGAIN}"
        )
