"""Writing files in one step, digests, and room on the disk."""

import hashlib
import stat
from pathlib import Path

import pytest

from converter.files import NoSpaceError, replacing, require_space, sha256_of, write_atomically


class KilledError(BaseException):
    """Stands for Ctrl-C, which no `except Exception` sees."""


def test_a_file_appears_with_the_folders_above_it(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b" / "file", b"data")

    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"data"


def test_a_file_takes_the_place_of_an_older_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"older and longer")

    write_atomically(tmp_path / "file", b"new")

    assert (tmp_path / "file").read_bytes() == b"new"


def test_until_it_is_complete_readers_see_the_older_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    with replacing(path) as stream:
        stream.write(b"ne")
        stream.flush()
        seen = path.read_bytes()
        stream.write(b"w")

    assert seen == b"old"
    assert path.read_bytes() == b"new"


@pytest.mark.parametrize("error", [ValueError, KilledError])
def test_a_writer_that_fails_leaves_the_older_file_and_nothing_else(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        fail()

    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "target" / "inside").mkdir(parents=True)

    with pytest.raises(OSError, match="target"):
        write_atomically(tmp_path / "target", b"data")

    assert [p.name for p in tmp_path.iterdir()] == ["target"]


def test_others_may_read_what_was_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "file", b"data")

    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o644


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (2 << 20) + 3])
def test_a_digest_is_that_of_hashlib_whatever_the_size(tmp_path: Path, size: int) -> None:
    data = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / "file").write_bytes(data[:size])

    assert sha256_of(tmp_path / "file") == hashlib.sha256(data[:size]).hexdigest()


def test_room_is_found_for_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    require_space(tmp_path / "not" / "yet", 1)

    assert list(tmp_path.iterdir()) == []


def test_too_little_room_is_refused_with_both_numbers_and_the_place(tmp_path: Path) -> None:
    with pytest.raises(NoSpaceError) as caught:
        require_space(tmp_path / "not" / "yet", 1 << 60)

    message = str(caught.value)
    assert "bytes are free on the disk of" in message
    assert f"{1 << 60:,} are needed" in message
    assert str(tmp_path / "not" / "yet") in message
    assert "make room or choose another folder" in message


def test_a_relative_folder_is_looked_for_from_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    require_space(Path("not/yet"), 1)
    with pytest.raises(NoSpaceError):
        require_space(Path("not/yet"), 1 << 60)
