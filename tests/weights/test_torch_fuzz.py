"""Any bytes as a torch checkpoint: read within their bounds, or refused by our own error, in little memory."""

import io
import tracemalloc
import zlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from converter.weights import Scope, TensorInfo, WeightsError, torch_tensors
from converter.weights.torch_pickle import PickleMachine
from tests.support.torch_files import legacy_checkpoint, plain, tensor_pickle, zip_checkpoint

MEMORY_BYTES = 4 << 20
WHOLE = {
    "zip": zip_checkpoint(tensor_pickle(), {"0": bytes(16)}, byteorder=b"little"),
    "legacy": legacy_checkpoint(tensor_pickle(), {"0": bytes(16)}),
}
# Everything that the machine knows, with arguments that fit together now and then.
PIECES = [
    *(bytes([code]) for code in b"().0125abdelostuQR]}\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94N"),
    *(b"q\0", b"h\0", b"q\1", b"h\1", b"r\xff\xff\xff\x7f", b"j\xff\xff\xff\x7f"),
    *(b"X\xff\xff\xff\xff", b"\x8e" + b"\xff" * 8, b"\x8b\xff\xff\xff\x7f", b"\x96" + b"\xff" * 8, b"I99\n", b"L9L\n"),
    *(plain(value) for value in ("storage", "0", "cpu", 4, -1, 2**70, (4,), (0,), (2, 2), 1.5, b"x", None)),
    *(f"c{module}\n{name}\n".encode() for module, name in (("torch", "FloatStorage"), ("torch", "Size"))),
    *(f"ctorch._utils\n_rebuild_{kind}\n".encode() for kind in ("tensor", "tensor_v2", "tensor_v3", "parameter")),
    *(b"ccollections\nOrderedDict\n", b"cargparse\nNamespace\n", b"icollections\nOrderedDict\n", b"cos\nsystem\n"),
    tensor_pickle()[2:-1],
]


def tensors_of(file: bytes) -> dict[str, TensorInfo]:
    return dict(torch_tensors(lambda begin, size: file[begin : begin + size], len(file), Scope.WHOLE))


def require_inside(file: bytes) -> None:
    with suppress(WeightsError):
        for info in tensors_of(file).values():
            assert 0 <= info.begin <= info.end <= len(file)


@pytest.mark.parametrize("form", WHOLE)
@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_file_with_changed_bytes_is_read_within_its_bounds_or_refused(form: str, changes: Any) -> None:
    file = bytearray(WHOLE[form])
    for at, value in changes:
        file[at % len(file)] = value

    require_inside(bytes(file))


@given(changes=st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_changed_pickle_with_the_right_checksum_is_read_within_its_bounds_or_refused(changes: Any) -> None:
    data = bytearray(tensor_pickle())
    for at, value in changes:
        data[at % len(data)] = value
    file = zip_checkpoint(bytes(data), {"0": bytes(16)})
    assert zlib.crc32(data).to_bytes(4, "little") in file

    require_inside(file)


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=40))
@example(pieces=[tensor_pickle()[2:-1]])
def test_any_opcodes_are_a_value_or_refused_in_little_memory(pieces: list[bytes]) -> None:
    tracemalloc.start()
    try:
        with suppress(WeightsError):
            PickleMachine().read(io.BytesIO(b"".join(pieces) + b"."))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < MEMORY_BYTES


@given(file=st.binary(max_size=200))
def test_any_bytes_behind_the_start_of_either_form_are_refused(file: bytes) -> None:
    for start in (b"PK\x03\x04", b"\x80\x02"):
        with pytest.raises(WeightsError):
            tensors_of(start + file)
