"""Weight files of which only the headers are read: what they say, and how little that takes."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from converter.weights import HeaderFile, ReadAt, WeightsError, open_headers, open_weights
from tests.support.torch_files import legacy_checkpoint, save, tensor_pickle, zip_checkpoint

TENSORS = {f"block.{number}.weight": torch.arange(float(number + 1)) for number in range(300)} | {
    "half": torch.ones(3, 5, dtype=torch.float16),
    "turned": torch.ones(4, 6).T,
}
WRITERS: dict[str, Callable[[Path], object]] = {
    "safetensors": lambda path: save_file({k: v.contiguous() for k, v in TENSORS.items()}, path, {"ss_tag": "x"}),
    "zip": lambda path: save(TENSORS, path),
    "legacy": lambda path: save(TENSORS, path, legacy=True),
}


class Counted:
    """Reads of a file, noted."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.reads: list[tuple[int, int]] = []

    def __call__(self, begin: int, size: int) -> bytes:
        self.reads.append((begin, size))
        return self.data[begin : begin + size]


def headers_of(data: bytes, read: ReadAt | None = None) -> HeaderFile:
    return open_headers("far.ckpt", read or Counted(data), len(data))


@pytest.mark.parametrize("form", WRITERS)
def test_the_headers_say_what_the_whole_file_says(tmp_path: Path, form: str) -> None:
    WRITERS[form](tmp_path / "m")

    headers = headers_of((tmp_path / "m").read_bytes())

    with open_weights(tmp_path / "m") as whole:
        assert headers.names == whole.names
        assert [(i.dtype, i.shape, i.size_bytes, i.strides) for i in map(headers.info, headers.names)] == [
            (i.dtype, i.shape, i.size_bytes, i.strides) for i in map(whole.info, whole.names)
        ]
        assert (headers.form, headers.size_bytes, headers.metadata) == (whole.form, whole.size_bytes, whole.metadata)


@pytest.mark.parametrize("form", WRITERS)
def test_hundreds_of_tensors_take_few_reads(tmp_path: Path, form: str) -> None:
    WRITERS[form](tmp_path / "m")
    read = Counted((tmp_path / "m").read_bytes())

    headers_of(read.data, read)

    assert len(read.reads) <= 12


@pytest.mark.parametrize("form", WRITERS)
def test_a_tensor_is_not_read(tmp_path: Path, form: str) -> None:
    WRITERS[form](tmp_path / "m")
    headers = headers_of((tmp_path / "m").read_bytes())

    with pytest.raises(WeightsError, match=r"^far.ckpt: only its header is here, not the elements of 'half'"):
        headers.read("half")
    with pytest.raises(WeightsError, match=r"^far.ckpt: no tensor 'halt', the nearest name is 'half'"):
        headers.info("halt")
    headers.done("half")
    headers.close()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "the file is empty"),
        (b"<!doctype html>", "found a web page"),
        (zip_checkpoint(tensor_pickle(), {}), "the storage '0' is missing, expected 16 bytes"),
        (zip_checkpoint(tensor_pickle(), {"0": b"short"}), "the storage '0' has 5 bytes, expected 16 bytes"),
        (zip_checkpoint(b"\x80\x02cos\nsystem\n."), "the pickle asks for 'os.system'"),
        (legacy_checkpoint(tensor_pickle(), {"0": bytes(16)})[:-1], "the storages end at byte"),
        (legacy_checkpoint(tensor_pickle(), {"0": bytes(16)}) + b"x", "the storages end at byte"),
        (legacy_checkpoint(b"\x80\x02cos\nsystem\n."), "the pickle asks for 'os.system'"),
    ],
)
def test_what_the_headers_show_to_be_wrong_is_refused_with_the_name_of_the_file(data: bytes, words: str) -> None:
    with pytest.raises(WeightsError, match=words) as caught:
        headers_of(data)

    assert str(caught.value).startswith("far.ckpt: ")


def test_a_long_text_in_a_legacy_pickle_takes_no_more_than_is_there() -> None:
    data = legacy_checkpoint(b"\x80\x02\x8e" + (1 << 40).to_bytes(8, "little") + b"x" * 1000)
    read = Counted(data)

    with pytest.raises(WeightsError, match="the pickle is damaged"):
        headers_of(data, read)

    assert sum(size for _, size in read.reads) < 2 * len(data) + 100


def test_lines_of_a_pickle_are_read_across_the_steps_of_the_stream() -> None:
    filler = b"".join(b"X\x10\0\0\0sixteen bytes...0" for _ in range(13_000))
    data = legacy_checkpoint(b"\x80\x02" + filler + tensor_pickle()[2:], {"0": bytes(16)})

    assert headers_of(data).names == ("w",)
