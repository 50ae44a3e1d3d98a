"""Snappy's block format, as far as reading goes. Pure.

GitHub keeps bundles in it, and Python has nothing that reads it. The format:
https://github.com/google/snappy/blob/000bc7adb0c7982f342f590b67349cadc85f90d5/format_description.txt
"""

from collections.abc import Iterator
from dataclasses import dataclass


class SnappyError(ValueError):
    """The bytes are no block, or one that says it is larger than is wanted."""


@dataclass(frozen=True)
class _Literal:
    data: bytes


@dataclass(frozen=True)
class _Copy:
    """`length` bytes from `offset` bytes before the end; beyond what is there they begin again."""

    offset: int
    length: int


def decompressed(block: bytes, most_bytes: int) -> bytes:
    """The content of a block; memory is bounded by `most_bytes` whatever the block says.

    Raises:
        SnappyError: it is broken, or its content is larger than `most_bytes`.
    """
    size, start = _size(block)
    if size > most_bytes:
        raise SnappyError(f"{size:,} bytes when unpacked, expected at most {most_bytes:,}")
    content = bytearray()
    for element in _elements(block, start):
        content += element.data if isinstance(element, _Literal) else _copied(content, element)
        if len(content) > size:
            break
    if len(content) != size:
        raise SnappyError("another size when unpacked than it says of itself")
    return bytes(content)


def _size(block: bytes) -> tuple[int, int]:
    """The length of the content, a varint, and where it ends."""
    size = 0
    for index, byte in enumerate(block[:5]):
        size |= (byte & 0x7F) << 7 * index
        if byte < 0x80:
            return size, index + 1
    raise SnappyError("no length at its beginning")


def _elements(block: bytes, start: int) -> Iterator[_Literal | _Copy]:
    at = start
    while at < len(block):
        tag, at = block[at], at + 1
        kind, upper = tag & 3, tag >> 2
        if kind == 0:
            width = max(0, upper - 59)  # 60 to 63: so many bytes more have the length
            length = 1 + (_number(block, at, width) if width else upper)
            yield _Literal(_bytes(block, at + width, length))
            at += width + length
        elif kind == 1:
            yield _Copy((upper >> 3) << 8 | _number(block, at, 1), 4 + (upper & 7))
            at += 1
        else:
            width = 2 if kind == 2 else 4
            yield _Copy(_number(block, at, width), 1 + upper)
            at += width


def _copied(content: bytearray, copy: _Copy) -> bytes:
    if not 0 < copy.offset <= len(content):
        raise SnappyError("a copy of what is not there")
    seen = bytes(content[-copy.offset :][: copy.length])
    return (seen * (copy.length // len(seen) + 1))[: copy.length]


def _number(block: bytes, at: int, width: int) -> int:
    return int.from_bytes(_bytes(block, at, width), "little")


def _bytes(block: bytes, at: int, length: int) -> bytes:
    found = block[at : at + length]
    if len(found) != length:
        raise SnappyError("it breaks off")
    return found
