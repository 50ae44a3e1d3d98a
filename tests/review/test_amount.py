"""What is too much to be read is refused before it is."""

import json
import time
import tracemalloc

import pytest

from converter.review import ENTRIES_LIMIT, SIZE_LIMIT_BYTES, VALUES_LIMIT, amount_complaint

_ENTRY = {"name": "model", "source": "org/model", "license": "mit", "description": 'a, b [c] {d} \\" e'}
_SIZE = SIZE_LIMIT_BYTES


def complaint(value: object) -> str | None:
    data = json.dumps(value).encode()
    return amount_complaint(data, len(data))


def test_the_most_entries_are_taken_and_one_more_is_not() -> None:
    half = [_ENTRY] * (ENTRIES_LIMIT // 2)

    assert complaint({"diffusion": half, "networks": half}) is None
    assert complaint({"diffusion": [*half, _ENTRY], "networks": half}) == (
        f"the file has more than {ENTRIES_LIMIT:,} entries, which is the most that is read; split the registry"
    )


def test_the_parts_of_an_entry_are_no_entries() -> None:
    assert complaint({"diffusion": [{**_ENTRY, "loras": [{"name": "l"}] * 20}] * 1000}) is None


@pytest.mark.parametrize("value", [[1] * (VALUES_LIMIT + 2), {"a": {"b": {"c": [1] * (VALUES_LIMIT + 2)}}}])
def test_too_many_values_anywhere_are_too_much(value: object) -> None:
    assert "more than 200,000 values" in str(complaint(value))


def test_a_large_file_is_refused_by_its_size_alone() -> None:
    assert amount_complaint(b"", 300_000_000) == (
        f"the file has 300,000,000 bytes, at most {SIZE_LIMIT_BYTES:,} are read; split the registry"
    )
    assert amount_complaint(b"{}", SIZE_LIMIT_BYTES) is None


def test_what_is_no_json_is_left_to_the_registry() -> None:
    assert complaint([]) is None
    assert amount_complaint(b"]" * 100 + b"1," * VALUES_LIMIT * 2, 100) is None
    assert amount_complaint(b"[" * 33 + b"1," * VALUES_LIMIT * 2, 100) is None


@pytest.mark.parametrize(
    "data",
    [
        b"[" * _SIZE,
        b'"' * _SIZE,
        b'{"diffusion": [' + b"1," * (_SIZE // 2),
        b'{"diffusion": [' + b"[]," * (_SIZE // 3),
        b'{"diffusion": ["' + b"\\" * _SIZE,
        b"]" * _SIZE,
        b" " * _SIZE,
    ],
    ids=["brackets", "quotes", "scalars", "lists", "backslashes", "closing", "blank"],
)
def test_the_worst_files_take_little_time_and_no_memory(data: bytes) -> None:
    whole = data[:_SIZE]
    began = time.process_time()
    found = amount_complaint(whole, _SIZE)
    seconds = time.process_time() - began
    part = whole[: 1 << 18]
    tracemalloc.start()
    amount_complaint(part, len(part))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert seconds < 10  # far more than it takes, far less than something quadratic
    assert peak < 10_000
    assert (found is not None) == (whole[:1] in (b'"', b"{") and b"\\" not in whole[:100])
