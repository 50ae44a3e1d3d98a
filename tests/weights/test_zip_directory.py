"""The directory of a zip archive: places as `zipfile` finds them, and every lie about them refused."""

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from converter.weights import WeightsError
from converter.weights.zip_directory import data_begin, zip_directory


def archive(entries: dict[str, bytes], *, comment: bytes = b"", zip64: bool = False) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as writer:
        writer.comment = comment
        for name, content in entries.items():
            with writer.open(zipfile.ZipInfo(name), "w", force_zip64=zip64) as entry:
                entry.write(content)
    return file.getvalue()


def contents(data: bytes) -> dict[str, bytes]:
    def read(begin: int, size: int) -> bytes:
        return data[begin : begin + size]

    found = zip_directory(read, len(data))
    return {name: read(data_begin(read, entry), entry.size_bytes) for name, entry in found.items()}


ENTRIES = {"a/data.pkl": b"first", "a/data/0": bytes(100), "a/data/1": b"", "a/version": b"3\n"}


@pytest.mark.parametrize("zip64", [False, True])
@pytest.mark.parametrize("comment", [b"", b"a comment of an archive"])
def test_the_contents_are_those_that_were_written(comment: bytes, zip64: bool) -> None:
    assert contents(archive(ENTRIES, comment=comment, zip64=zip64)) == ENTRIES


def test_sizes_in_the_zip64_field_of_the_directory_are_read() -> None:
    data = archive({"a": b"12345"})
    central = data.index(b"PK\x01\x02")
    name_end = central + 46 + 1
    field = struct.pack("<2H3Q", 1, 24, 5, 5, 0)
    record = bytearray(data[central:name_end])
    record[20:28] = b"\xff" * 8
    record[30:32] = struct.pack("<H", len(field))
    record[42:46] = b"\xff" * 4
    directory = bytes(record) + field
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(directory), central)
    place = struct.pack("<4sLQL", b"PK\x06\x07", 0, central + len(directory), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)

    assert contents(data[:central] + directory + end64 + place + end) == {"a": b"12345"}


def changed(at: Callable[[bytes], int], value: bytes) -> bytes:
    data = archive(ENTRIES)
    begin = at(data)
    return data[:begin] + value + data[begin + len(value) :]


def central(offset: int, nth: int = 0) -> Callable[[bytes], int]:
    def at(data: bytes) -> int:
        begin = -1
        for _ in range(nth + 1):
            begin = data.index(b"PK\x01\x02", begin + 1)
        return begin + offset

    return at


def local(offset: int) -> Callable[[bytes], int]:
    return lambda _: offset


def end(offset: int) -> Callable[[bytes], int]:
    return lambda data: data.rindex(b"PK\x05\x06") + offset


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (changed(central(8), b"\x01"), "is compressed or encrypted"),
        (changed(central(10), b"\x08"), "is compressed or encrypted"),
        (changed(central(20), b"\x04"), "is compressed or encrypted"),
        (changed(central(20), b"\xff\xff\0\0\xff\xff\0\0"), "reaches into what follows it"),
        (changed(central(20), b"\xff" * 8), "has no size"),
        (changed(central(42, nth=1), b"\0\0\0\0"), "reaches into what follows it"),
        (changed(central(42, nth=1), b"\x01\0\0\0"), "reaches into what follows it"),
        (changed(central(42, nth=3), b"\xff\xff\0\0"), "reaches into what follows it"),
        (changed(central(0), b"XX"), "begins no entry"),
        (changed(local(0), b"XX"), "expected its local header there"),
        (changed(local(8), b"\x08"), "method 8, expected what its directory says"),
        (changed(local(28), b"\x30"), "at most"),
        (changed(local(30), b"b"), "expected what its directory says"),
        (changed(end(8), b"\x09\0\x09\0"), "its directory has 4 entries, expected 9"),
        (changed(end(12), b"\xff\xff\0\0"), "its directory ends at byte"),
        (changed(end(12), b"\xff\xff\xff\x7f"), "its directory has 2,147,483,647 bytes, expected at most"),
        (changed(end(16), b"\xff\xff\xff\xff"), "the place of its zip64 directory is missing"),
        (archive(ENTRIES)[:-1], "has no directory at its end"),
        (archive({"a": b"", "b": b""}).replace(b"b", b"a"), "'a' is there twice"),
        (b"PK\x03\x04", "has no directory at its end"),
    ],
)
def test_a_lie_about_a_place_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(WeightsError, match=words):
        contents(data)
