"""The header of a safetensors file: every defect by its name, and nothing but our own error for any bytes."""

import json
from contextlib import suppress
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as numpy_st

from converter.errors import ExitCode
from converter.weights import Header, TensorInfo, WeightsError, header_size, parse_header
from tests.support.safetensors_files import entry, raw_file

ONE = {"w": entry()}
EIGHT = bytes(8)


def read_header(file: bytes) -> Header:
    size = header_size(file[:512], len(file))
    return parse_header(file[8 : 8 + size], len(file))


def two(first: Any, second: Any, data_bytes: int = 16) -> bytes:
    return raw_file({"a": first, "b": second}, bytes(data_bytes))


DEFECTS: dict[str, tuple[bytes, str]] = {
    "empty-file": (b"", "the file is empty (0 bytes)"),
    "too-short-for-a-length": (b"\x08\0\0", "too short (3 bytes)"),
    "ends-after-the-length": (bytes(8), "too short (8 bytes)"),
    "header-claims-more-than-the-file-has": (raw_file(ONE, EIGHT, header_bytes=900), "claims 900 bytes, more than"),
    "header-over-100-mb": (raw_file(ONE, EIGHT, header_bytes=100_000_001), "announce a header of 100,000,001 bytes"),
    "header-of-2-to-the-64-bytes": (raw_file(ONE, EIGHT, header_bytes=2**64 - 1), "expected at most 100,000,000"),
    "header-empty": (raw_file(b"", EIGHT), "expected '{'"),
    "header-not-utf-8": (raw_file(b'{"\xff": 1}'), "not a JSON object in UTF-8"),
    "header-not-json": (raw_file(b'{"a": }'), "not a JSON object in UTF-8"),
    "header-is-a-list": (raw_file(b"[1, 2]"), "expected '{'"),
    "header-begins-with-a-blank": (raw_file(b" {}"), "expected '{'"),
    "header-with-a-tensor-twice": (
        raw_file(b'{"w": %s, "w": %s}' % ((json.dumps(entry()).encode(),) * 2), EIGHT),
        "the key 'w' is there twice",
    ),
    "header-with-nan": (raw_file(b'{"w": NaN}'), "NaN is no JSON number"),
    "header-with-infinity": (raw_file(b'{"w": -Infinity}'), "-Infinity is no JSON number"),
    "header-nested-without-end": (raw_file(b'{"w":' + b"[" * 200_000), "not a JSON object"),
    "header-with-an-endless-number": (raw_file(b'{"w": %s}' % (b"9" * 9999)), "not a JSON object"),
    "entry-is-a-number": (raw_file({"w": 3}), "'w' is described by 3"),
    "entry-without-offsets": (raw_file({"w": {"dtype": "F32", "shape": [2]}}, EIGHT), "data_offsets"),
    "entry-with-an-unknown-key": (raw_file({"w": entry() | {"strides": [1]}}, EIGHT), "'strides'"),
    "dtype-unknown": (raw_file({"w": entry("F31")}, EIGHT), "dtype 'F31', expected one of F64, F32"),
    "dtype-in-small-letters": (raw_file({"w": entry("f32")}, EIGHT), "dtype 'f32'"),
    "dtype-of-half-a-byte": (raw_file({"w": entry("F4", [16])}, EIGHT), "dtype 'F4'"),
    "dtype-is-a-list": (raw_file({"w": entry(["F32"])}, EIGHT), "dtype ['F32']"),
    "shape-is-a-number": (raw_file({"w": entry(shape=2)}, EIGHT), "shape 2, expected"),
    "shape-negative": (raw_file({"w": entry(shape=[-2])}, EIGHT), "shape [-2], expected"),
    "shape-negative-twice": (raw_file({"w": entry(shape=[-1, -2])}, EIGHT), "shape [-1, -2], expected"),
    "shape-fraction": (raw_file({"w": entry(shape=[2.0])}, EIGHT), "shape [2.0], expected"),
    "shape-is-true": (raw_file({"w": entry("F64", [True])}, EIGHT), "shape [True], expected"),
    "shape-of-65-dimensions": (raw_file({"w": entry(shape=[2] + [1] * 64)}, EIGHT), "at most 64"),
    "shape-overflows-64-bits": (raw_file({"w": entry(shape=[2**32, 2**32])}, EIGHT), "less than 2**63 bytes"),
    "shape-overflows-back-to-the-right-size": (
        raw_file({"w": entry(shape=[2**63 - 1, 2, 3])}, EIGHT),
        "less than 2**63",
    ),
    "shape-empty-yet-huge": (raw_file({"w": entry(shape=[0, 2**62], end=0)}), "less than 2**63 bytes"),
    "dimension-over-64-bits": (raw_file({"w": entry(shape=[2**70])}, EIGHT), "expected at most 64 whole numbers"),
    "size-is-not-that-of-the-shape": (
        raw_file({"w": entry(shape=[3])}, EIGHT),
        "F32 [3] in 8 bytes, expected 12 bytes",
    ),
    "size-is-not-that-of-the-dtype": (raw_file({"w": entry("F16")}, EIGHT), "F16 [2] in 8 bytes, expected 4 bytes"),
    "offsets-reversed": (raw_file({"w": entry(begin=8, end=0)}, EIGHT), "expected the begin before the end"),
    "offsets-negative": (raw_file({"w": entry(begin=-8, end=0)}, EIGHT), "data_offsets [-8, 0]"),
    "offsets-of-three": (raw_file({"w": entry() | {"data_offsets": [0, 4, 8]}}, EIGHT), "two whole numbers"),
    "offsets-are-text": (raw_file({"w": entry(begin="0")}, EIGHT), "two whole numbers"),
    "offsets-over-64-bits": (raw_file({"w": entry(begin=2**64, end=2**64 + 8)}, EIGHT), "two whole numbers"),
    "tensors-overlap": (two(entry(), entry(begin=4, end=12), 12), "'b' overlaps tensor 'a'"),
    "tensors-are-the-same-bytes": (two(entry(), entry(), 8), "'b' overlaps tensor 'a'"),
    "hole-between-tensors": (two(entry(), entry(begin=12, end=20), 20), "'b' leaves a hole after tensor 'a'"),
    "hole-before-the-first-tensor": (
        raw_file({"w": entry(begin=4, end=12)}, bytes(12)),
        "'w' leaves a hole after the header",
    ),
    "data-truncated": (raw_file(ONE, bytes(5)), "3 are missing"),
    "data-missing": (raw_file(ONE), "8 are missing"),
    "data-longer-than-the-header-says": (raw_file(ONE, bytes(11)), "3 bytes belong to no tensor"),
    "metadata-is-text": (raw_file({"__metadata__": "pt"}), "__metadata__ is 'pt'"),
    "metadata-holds-a-number": (raw_file({"__metadata__": {"step": 3}}), "'step' is 3, expected a text"),
    "metadata-holds-an-object": (raw_file({"__metadata__": {"a": {}}}), "'a' is {}, expected a text"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_is_refused_with_a_message_that_names_it(defect: str) -> None:
    file, message = DEFECTS[defect]

    with pytest.raises(WeightsError) as caught:
        read_header(file)

    assert message in str(caught.value)
    assert caught.value.exit_code is ExitCode.FAILED


FOREIGN: dict[str, tuple[bytes, str]] = {
    "web-page": (
        b"\n<!DOCTYPE html><title>Sign in</title>" + bytes(600),
        "the download was a web page, probably a login",
    ),
    "web-page-without-doctype": (b"<html><body>", "web page"),
    "web-page-with-byte-order-mark": (b"\xef\xbb\xbf<html>", "web page"),
    "storage-error": (b'<?xml version="1.0"?><Error>AccessDenied</Error>', "storage server's error"),
    "json-error": (b'{"error":"Repository not found"}', "a JSON text, probably a server's error"),
    "git-lfs-pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:00", "run `git lfs pull`"),
    "torch-zip": (b"PK\x03\x04\0\0\x08\x08archive/data.pkl", "as torch.save writes checkpoints"),
    "pickle": (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "a pickle, an old .ckpt"),
    "gguf": (b"GGUF\x03\0\0\0\0\0", "a GGUF file"),
    "gzip": (b"\x1f\x8b\x08\0\0\0\0\0", "a gzip file; expected what is inside: unpack it"),
    "hdf5": (b"\x89HDF\r\n\x1a\n\0", "an HDF5 file"),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_file_of_another_kind_is_called_by_its_name(kind: str) -> None:
    file, message = FOREIGN[kind]

    with pytest.raises(WeightsError) as caught:
        read_header(file)

    assert message in str(caught.value)
    assert "expected" in str(caught.value)


@pytest.mark.parametrize("size", [0x80, 0x280, 0x380, 0x8B1F, 0x7B, 0x5B, 0x3C], ids=hex)
def test_a_header_whose_length_looks_like_the_start_of_another_kind_is_read(size: int) -> None:
    file = raw_file(json.dumps(ONE).encode().ljust(size), EIGHT)

    assert set(read_header(file).tensors) == {"w"}


def test_offsets_count_from_the_start_of_the_file() -> None:
    file = two(entry("F16", [2, 2]), entry("I64", [], 8, 16))

    assert read_header(file).tensors == {
        "a": TensorInfo("F16", (2, 2), len(file) - 16, len(file) - 8),
        "b": TensorInfo("I64", (), len(file) - 8, len(file)),
    }


def test_tensors_need_not_be_in_the_order_of_their_bytes_and_come_sorted_by_name() -> None:
    file = raw_file({"z": entry(), "a": entry(begin=8, end=16)}, bytes(16))

    assert list(read_header(file).tensors) == ["a", "z"]


def test_tensors_without_elements_take_no_place() -> None:
    file = raw_file({"a": entry(shape=[0, 3], end=0), "b": entry(), "c": entry(shape=[0], begin=8, end=8)}, EIGHT)

    assert read_header(file).tensors["a"].elements == 0


def test_a_file_without_tensors_is_sound() -> None:
    assert read_header(raw_file({"__metadata__": {"format": "pt"}})) == Header({}, {"format": "pt"})


def test_a_hostile_name_is_shown_on_one_line_and_clipped() -> None:
    file = raw_file({"\n\x1b[2J\ud800" + "x" * 5000: entry("F31")}, EIGHT)

    with pytest.raises(WeightsError) as caught:
        read_header(file)

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


@given(st.binary(max_size=600))
def test_any_bytes_are_a_header_or_our_error(file: bytes) -> None:
    with suppress(WeightsError):
        assert read_header(file).tensors is not None


NUMBERS = st.integers(-3, 20) | st.integers(-(2**70), 2**70)
VALUES = st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=4)
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from(["F32", "F16", "BF16", "U8", "F8_E4M3", "BOOL"]) | VALUES,
        "shape": st.lists(NUMBERS, max_size=4) | VALUES,
        "data_offsets": st.lists(NUMBERS, min_size=2, max_size=2) | st.lists(VALUES, max_size=3),
    }
)


@given(
    header=st.dictionaries(st.text(max_size=3) | st.just("__metadata__"), ENTRIES | VALUES, max_size=3),
    data=st.binary(max_size=40),
)
def test_any_header_lies_within_the_file_or_is_our_error(header: dict[str, Any], data: bytes) -> None:
    file = raw_file(header, data)
    with suppress(WeightsError):
        tensors = read_header(file).tensors
        assert sum(info.size_bytes for info in tensors.values()) == len(data)
        assert all(len(file) - len(data) <= info.begin <= info.end <= len(file) for info in tensors.values())


DTYPES = st.sampled_from(["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?", ml_dtypes.bfloat16])
ARRAYS = st.builds(np.zeros, numpy_st.array_shapes(min_dims=0, min_side=0, max_side=4), DTYPES)
NAMES = st.text(min_size=1, max_size=8).filter(lambda name: name != "__metadata__")


@given(
    arrays=st.dictionaries(NAMES, ARRAYS, max_size=5),
    metadata=st.none() | st.dictionaries(st.text(max_size=5), st.text(max_size=5), min_size=1, max_size=3),
)
def test_what_the_safetensors_library_writes_is_read_back(
    arrays: dict[str, Any], metadata: dict[str, str] | None
) -> None:
    from safetensors.numpy import save

    header = read_header(save(arrays, metadata))

    assert header.metadata == (metadata or {})
    assert {name: (info.shape, info.size_bytes) for name, info in header.tensors.items()} == {
        name: (array.shape, array.nbytes) for name, array in arrays.items()
    }
