"""Snappy blocks: what the real compressor makes, what the format allows beyond that, and what is none."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.github.snappy import SnappyError, decompressed
from tests.support.loopback_github import packed, varint

_DATA = Path(__file__).parent / "data"


def test_what_the_real_compressor_made_is_what_went_in() -> None:
    # Made with cramjam 2.14.0, which binds Rust's snap: `cramjam.snappy.compress_raw(statement)`.
    statement = (_DATA / "statement.json").read_bytes()
    block = (_DATA / "statement.json.sn").read_bytes()
    assert len(block) < len(statement) * 0.7  # there are copies in it
    assert decompressed(block, len(statement)) == statement


@pytest.mark.parametrize("size", [0, 1, 60, 61, 65_536, 65_537, 200_000])
def test_literals_are_taken_as_they_are(size: int) -> None:
    assert decompressed(packed(b"x" * size), size) == b"x" * size


@pytest.mark.parametrize(
    "copy", [b"\x01\x02", b"\x0e\x02\x00", b"\x0f\x02\x00\x00\x00"], ids=["1 byte", "2 bytes", "4 bytes"]
)
def test_a_copy_that_is_longer_than_its_offset_begins_again(copy: bytes) -> None:
    # The document's own example: "xababab" is the literal "xab" and a copy of 4 bytes from 2 back.
    assert decompressed(b"\x07\x08xab" + copy, 7) == b"xababab"


@given(st.lists(st.one_of(st.binary(min_size=1, max_size=90), st.tuples(st.integers(1, 5000), st.integers(1, 64)))))
def test_copies_do_what_copying_byte_by_byte_does(elements: list[bytes | tuple[int, int]]) -> None:
    content, block = bytearray(b"ab"), bytearray(b"\x04ab")
    for element in elements:
        if isinstance(element, bytes):
            block += b"\xf0" + bytes([len(element) - 1]) + element
            content += element
            continue
        offset, length = min(element[0], len(content)), element[1]
        block += bytes([(length - 1) << 2 | 2]) + offset.to_bytes(2, "little")
        for _ in range(length):
            content.append(content[-offset])
    assert decompressed(varint(len(content)) + block, len(content)) == content


@pytest.mark.parametrize(
    ("block", "what"),
    [
        (b"", "no length"),
        (b"\xff\xff\xff\xff\xff\x01", "no length"),
        (b"\x03\x08xa", "breaks off"),
        (b"\x03\xf4\x01", "breaks off"),
        (b"\x07\x08xab\x0e\x02", "breaks off"),
        (b"\x04\x01\x01", "a copy of what is not there"),
        (b"\x07\x08xab\x0e\x04\x00", "a copy of what is not there"),
        (b"\x07\x08xab\x0e\x00\x00", "a copy of what is not there"),
        (b"\x02\x08xab", "another size"),
        (b"\x04\x08xab", "another size"),
    ],
)
def test_a_block_that_is_none_is_said_to_be(block: bytes, what: str) -> None:
    with pytest.raises(SnappyError, match=what):
        decompressed(block, 1000)


def test_a_block_that_says_it_is_too_large_is_not_unpacked() -> None:
    bomb = varint((1 << 32) - 1) + b"\x00x" + b"\xfe\x01\x00" * 1000
    with pytest.raises(SnappyError, match="4,294,967,295 bytes when unpacked, expected at most 1,000"):
        decompressed(bomb, 1000)


@given(st.binary(max_size=200))
def test_no_bytes_are_a_traceback_or_larger_than_allowed(block: bytes) -> None:
    with contextlib.suppress(SnappyError):
        assert len(decompressed(block, 5000)) <= 5000
