"""What the workers of a run share is made once, whole or not at all."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.support.made_by_one import made_by_one


def test_of_many_that_need_it_one_makes_it_and_all_find_it_whole(tmp_path: Path) -> None:
    made: list[Path] = []
    together = Barrier(4)

    def make(place: Path) -> None:
        made.append(place)
        place.mkdir()
        (place / "part").write_text("whole")

    def needed(_: int) -> str:
        together.wait(10)
        return (made_by_one(tmp_path / "shared/model", make) / "part").read_text()

    with ThreadPoolExecutor(4) as workers:
        assert list(workers.map(needed, range(4))) == ["whole"] * 4
    assert len(made) == 1


def test_what_was_not_finished_is_not_there_and_is_made_again(tmp_path: Path) -> None:
    place = tmp_path / "model"

    def break_off(unfinished: Path) -> None:
        unfinished.mkdir()
        (unfinished / "left").touch()
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        made_by_one(place, break_off)
    assert not place.exists()

    assert list(made_by_one(place, Path.mkdir).iterdir()) == []


def test_a_file_is_shared_as_a_folder_is(tmp_path: Path) -> None:
    place = tmp_path / "model.safetensors"

    assert made_by_one(place, lambda unfinished: unfinished.write_bytes(b"x")).read_bytes() == b"x"
    assert made_by_one(place, lambda unfinished: unfinished.write_bytes(b"y")).read_bytes() == b"x"
