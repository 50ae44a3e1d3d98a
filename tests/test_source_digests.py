"""Digests of source files, made beside the work; and pins."""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from converter.release import FileRecord
from converter.source_digests import PinMismatchError, SourceDigests, require_pin

SOUND = FileRecord("model.safetensors", 3, "a" * 64)


@contextmanager
def endless_file(path: Path) -> Iterator[Path]:
    """A pipe whose writer does not stop while somebody reads: a file that takes for ever to digest."""
    os.mkfifo(path)

    def write() -> None:
        try:
            with path.open("wb") as stream:
                while True:
                    stream.write(bytes(1 << 16))
        except BrokenPipeError:
            pass  # the reader has gone

    writer = threading.Thread(target=write)
    writer.start()
    yield path
    writer.join()


def test_records_have_the_size_and_digest_of_each_file(tmp_path: Path) -> None:
    contents = {"unet/a.safetensors": b"a" * 10_000_000, "vae/b.safetensors": b"b"}
    paths = []
    for name, data in contents.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(data)
        paths.append(tmp_path / name)

    with SourceDigests(tmp_path, [path.relative_to(tmp_path).as_posix() for path in paths]) as digests:
        records = digests.records()

    assert records == tuple(
        FileRecord(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in contents.items()
    )


def test_a_single_file_goes_by_its_file_name(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"abc")

    with SourceDigests(path, [path.name]) as digests:
        (record,) = digests.records()

    assert record == FileRecord("model.safetensors", 3, hashlib.sha256(b"abc").hexdigest())


def test_records_can_be_asked_for_twice(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"abc")

    with SourceDigests(path, [path.name]) as digests:
        assert digests.records() == digests.records()


def test_leaving_early_stops_in_the_middle_of_a_file_and_keeps_no_record_of_it(tmp_path: Path) -> None:
    before = threading.active_count()

    with endless_file(tmp_path / "endless") as path:
        started = time.monotonic()
        with SourceDigests(path, [path.name]) as digests:
            time.sleep(0.05)
        seconds = time.monotonic() - started

    assert seconds < 5
    assert digests.records() == ()
    assert threading.active_count() == before


def test_an_error_of_the_work_passes_and_the_thread_ends(tmp_path: Path) -> None:
    before = threading.active_count()

    def work(path: Path) -> None:
        with SourceDigests(path, [path.name]):
            raise ValueError("the work failed")

    with endless_file(tmp_path / "endless") as path, pytest.raises(ValueError, match="the work failed"):
        work(path)

    assert threading.active_count() == before


def test_a_file_that_cannot_be_read_is_reported_when_the_records_are_asked_for(tmp_path: Path) -> None:
    with (
        SourceDigests(tmp_path, ["missing.safetensors"]) as digests,
        pytest.raises(FileNotFoundError, match=r"missing\.safetensors"),
    ):
        digests.records()


def test_no_pin_is_no_promise() -> None:
    require_pin(None, (SOUND, SOUND), "pico")


def test_a_pin_that_holds_is_silent() -> None:
    require_pin("a" * 64, (SOUND,), "pico")


def test_another_digest_than_the_pinned_one_is_refused_with_both() -> None:
    with pytest.raises(PinMismatchError) as caught:
        require_pin("b" * 64, (SOUND,), "pico")

    message = str(caught.value)
    assert message.startswith(f"pico: model.safetensors has SHA-256 {'a' * 64}, expected {'b' * 64}; ")
    assert "fetch it again, or correct `sha256`" in message


def test_one_pin_for_several_files_is_refused() -> None:
    with pytest.raises(PinMismatchError, match="`sha256` pins one file, this source has 2; pin a Hub repository with"):
        require_pin("a" * 64, (SOUND, SOUND), "pico")
