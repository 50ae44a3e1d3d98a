"""One entry of a safetensors header, checked by itself."""

from math import prod

from converter.weights.dtypes import SIZE_BYTES
from converter.weights.errors import WeightsError
from converter.weights.tensors import TensorInfo

_KEYS = {"dtype", "shape", "data_offsets"}
_MAX_RANK = 64  # numpy's
_MAX_NUMBER = 2**63 - 1  # what a file offset can hold; beyond it sizes overflow in other readers
_SHOWN_CHARACTERS = 120


def tensor_info(name: str, raw: object, data_begin: int) -> TensorInfo:
    """The tensor that the header's entry `raw` describes, with offsets counted from the start of the file.

    Raises:
        WeightsError: a key is missing or unknown, the dtype is unknown, or shape and size do not fit.
    """
    if not isinstance(raw, dict) or set(raw) != _KEYS:
        found = sorted(raw) if isinstance(raw, dict) else raw
        raise _wrong(name, f"is described by {clipped(found)}", f"the keys {', '.join(sorted(_KEYS))}")
    dtype = _dtype(name, raw["dtype"])
    shape = _shape(name, raw["shape"], dtype)
    begin, end = _offsets(name, raw["data_offsets"])
    expected = prod(shape) * SIZE_BYTES[dtype]
    if end - begin != expected:
        raise _wrong(name, f"is {dtype} {clipped(list(shape))} in {end - begin:,} bytes", f"{expected:,} bytes")
    return TensorInfo(dtype, shape, data_begin + begin, data_begin + end)


def clipped(value: object) -> str:
    """`value` for a message: on one line, printable, and not endless."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}..."


def _dtype(name: str, raw: object) -> str:
    if not isinstance(raw, str) or raw not in SIZE_BYTES:
        raise _wrong(name, f"has the dtype {clipped(raw)}", f"one of {', '.join(SIZE_BYTES)}")
    return raw


def _shape(name: str, raw: object, dtype: str) -> tuple[int, ...]:
    if not isinstance(raw, list) or len(raw) > _MAX_RANK or not all(_is_size(size) for size in raw):
        raise _wrong(name, f"has the shape {clipped(raw)}", f"at most {_MAX_RANK} whole numbers, none negative")
    # Zeros are left out: [0, 2**62] is empty, yet numpy and others multiply it out and overflow.
    if prod(size for size in raw if size) * SIZE_BYTES[dtype] > _MAX_NUMBER:
        raise _wrong(name, f"has the shape {clipped(raw)}", "one of less than 2**63 bytes")
    return tuple(raw)


def _offsets(name: str, raw: object) -> tuple[int, int]:
    if not isinstance(raw, list) or len(raw) != 2 or not all(_is_size(offset) for offset in raw):
        raise _wrong(name, f"has the data_offsets {clipped(raw)}", "two whole numbers, none negative")
    begin, end = raw
    if begin > end:
        raise _wrong(name, f"has the data_offsets {clipped(raw)}", "the begin before the end")
    return begin, end


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= _MAX_NUMBER  # `type`: true is an int, too


def _wrong(name: str, found: str, expected: str) -> WeightsError:
    return WeightsError(
        f"tensor {clipped(name)} {found}, expected {expected}; the file is damaged or of a newer kind: "
        "download it again, or save it with safetensors"
    )
