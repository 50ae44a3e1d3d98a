"""The directory of a zip archive whose entries are stored as they are, checked before a byte of them is mapped.

`zipfile` unpacks; here only places are needed, also those of a file of which no more than its end was fetched.

The format: https://pkware.cachefly.net/webdocs/APPNOTE/APPNOTE-6.3.9.TXT
"""

import struct
from dataclasses import dataclass, replace
from typing import NoReturn

from converter.weights.errors import WeightsError
from converter.weights.header_entry import clipped
from converter.weights.reading import ReadAt

MAX_DIRECTORY_BYTES = 16 << 20
"""A checkpoint has some 80 bytes for each of its few thousand tensors."""

_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MAX_COMMENT_BYTES = 65535
_IN_ZIP64 = 0xFFFF_FFFF
_ENCRYPTED = 1


@dataclass(frozen=True)
class ZipEntry:
    """One file in the archive."""

    name: str
    begin: int
    """Of its local header."""
    limit: int
    """Where the next local header begins, or the directory: the entry ends before."""
    size_bytes: int
    crc32: int

    @property
    def least_begin(self) -> int:
        """The first byte of its data at the least, by the directory alone: the header before it may be longer."""
        return self.begin + _LOCAL.size


def zip_directory(read: ReadAt, file_size: int) -> dict[str, ZipEntry]:
    """Every entry by its name.

    Raises:
        WeightsError: there is no directory, it is damaged, or an entry is compressed, encrypted, or there twice.
    """
    begin, size, count = _end(read, file_size)
    if size > MAX_DIRECTORY_BYTES:
        _broken(f"its directory has {size:,} bytes", f"at most {MAX_DIRECTORY_BYTES:,}")
    if begin + size > file_size:
        _broken(f"its directory ends at byte {begin + size:,} of {file_size:,}", "it inside the file")
    data = read(begin, size)
    entries: list[ZipEntry] = []
    at = 0
    while at < len(data):
        entry, at = _entry(data, at)
        entries.append(entry)
    if len(entries) != count:
        _broken(f"its directory has {len(entries)} entries", f"{count}, as it says")
    return _by_name(_bounded(entries, begin))


def data_begin(read: ReadAt, entry: ZipEntry) -> int:
    """The first byte of an entry's data, which the header before it decides.

    Raises:
        WeightsError: that header is not there, or the data would reach into the next entry.
    """
    raw = read(entry.begin, _LOCAL.size)
    if len(raw) < _LOCAL.size or raw[:4] != b"PK\x03\x04":
        _broken(f"there is no entry {clipped(entry.name)} at byte {entry.begin:,}", "its local header there")
    fields = _LOCAL.unpack(raw)
    method, name_bytes, extra_bytes = fields[3], fields[9], fields[10]
    name = read(entry.begin + _LOCAL.size, name_bytes)
    if method or name.decode("utf-8", "replace") != entry.name:
        _broken(f"the header of {clipped(entry.name)} says {clipped(name)}, method {method}", "what its directory says")
    begin: int = entry.begin + _LOCAL.size + name_bytes + extra_bytes
    if begin + entry.size_bytes > entry.limit:
        _broken(f"{clipped(entry.name)} ends at byte {begin + entry.size_bytes:,}", f"at most {entry.limit:,}")
    return begin


def _end(read: ReadAt, file_size: int) -> tuple[int, int, int]:
    """Begin, size and number of entries of the directory."""
    tail_begin = max(0, file_size - _END.size - _MAX_COMMENT_BYTES)
    tail = read(tail_begin, file_size - tail_begin)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise WeightsError(
            f"the zip archive has no directory at its end ({file_size:,} bytes); the file is cut off: download it again"
        )
    fields = _END.unpack_from(tail, at)
    count, size, begin = fields[4], fields[5], fields[6]
    if _IN_ZIP64 in (size, begin) or count == 0xFFFF:
        return _end64(read, tail_begin + at)
    return begin, size, count


def _end64(read: ReadAt, end: int) -> tuple[int, int, int]:
    place = read(max(0, end - _END64_PLACE.size), _END64_PLACE.size)
    if len(place) < _END64_PLACE.size or place[:4] != b"PK\x06\x07":
        _broken("the place of its zip64 directory is missing", "it before the end")
    begin: int = _END64_PLACE.unpack(place)[2]
    raw = read(begin, _END64.size)
    if len(raw) < _END64.size or raw[:4] != b"PK\x06\x06":
        _broken("its zip64 directory is not where it should be", "it before the end")
    fields = _END64.unpack(raw)
    return fields[9], fields[8], fields[7]


def _entry(data: bytes, at: int) -> tuple[ZipEntry, int]:
    if len(data) - at < _CENTRAL.size or data[at : at + 4] != b"PK\x01\x02":
        _broken(f"byte {at:,} of its directory begins no entry", "one after the other")
    fields = _CENTRAL.unpack_from(data, at)
    flags, method, crc32, stored, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    name_end = at + _CENTRAL.size + fields[10]
    extra_end = name_end + fields[11]
    name = data[at + _CENTRAL.size : name_end].decode("utf-8", "replace")
    sizes = _zip64(data[name_end:extra_end], (size, stored, fields[16]), name)
    if method or flags & _ENCRYPTED or sizes[0] != sizes[1]:
        # torch maps its tensors and never compresses; a compressed entry can be a thousand times its size.
        _broken(f"{clipped(name)} is compressed or encrypted", "it stored as it is, as torch.save does")
    return ZipEntry(name, sizes[2], 0, sizes[0], crc32), extra_end + fields[12]


def _zip64(extra: bytes, values: tuple[int, int, int], name: str) -> tuple[int, int, int]:
    """Size, stored size and place, from the zip64 field where they do not fit in 32 bits."""
    wanted = [index for index, value in enumerate(values) if value == _IN_ZIP64]
    found = list(values)
    while wanted:
        if len(extra) < 4:
            _broken(f"{clipped(name)} has no size", "one in its zip64 field")
        kind, length = struct.unpack_from("<2H", extra)
        if kind == 1 and length >= 8 * len(wanted) and len(extra) >= 4 + length:
            for index, value in zip(wanted, struct.unpack_from(f"<{len(wanted)}Q", extra, 4), strict=True):
                found[index] = value
            break
        extra = extra[4 + length :]
    return found[0], found[1], found[2]


def _bounded(entries: list[ZipEntry], directory_begin: int) -> list[ZipEntry]:
    """With `limit`: entries that share bytes make an archive that claims to be larger than it is."""
    ordered = sorted(entries, key=lambda entry: entry.begin)
    limits = [*(entry.begin for entry in ordered[1:]), directory_begin]
    bounded = [replace(entry, limit=limit) for entry, limit in zip(ordered, limits, strict=True)] if ordered else []
    for entry in bounded:
        if entry.begin + _LOCAL.size + entry.size_bytes > entry.limit:
            _broken(f"{clipped(entry.name)} reaches into what follows it", f"its end before byte {entry.limit:,}")
    return bounded


def _by_name(entries: list[ZipEntry]) -> dict[str, ZipEntry]:
    found: dict[str, ZipEntry] = {}
    for entry in entries:
        if entry.name in found:
            _broken(f"{clipped(entry.name)} is there twice", "each name once")
        found[entry.name] = entry
    return found


def _broken(found: str, expected: str) -> NoReturn:
    raise WeightsError(
        f"the zip archive is damaged or was not written by torch.save: {found}, expected {expected}; download it again"
    )
