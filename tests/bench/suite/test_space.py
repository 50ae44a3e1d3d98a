"""Room on the disk is looked at before anything is measured."""

import shutil
from pathlib import Path

import pytest

from converter.files import free_bytes
from tests.bench.suite.benchmarks import Benchmark, Form, Size
from tests.bench.suite.space import NoRoomError, environment_needs, require_room

GB = 1_000_000_000


def asked(folder: Path, **gigabytes: float) -> list[tuple[Benchmark, Path]]:
    forms = {name: {Size.FULL: Form(disk_gb=needed)} for name, needed in gigabytes.items()}
    return [(Benchmark(name, "", "", form), folder / name) for name, form in forms.items()]


def test_benchmarks_that_fit_one_after_the_other_are_let_through(tmp_path: Path) -> None:
    require_room(7 * GB, asked(tmp_path, a=5, b=5, c=5), Size.FULL, environment_bytes=2 * GB)


def test_those_that_do_not_are_named_with_what_they_need(tmp_path: Path) -> None:
    with pytest.raises(NoRoomError, match=r"found 6\.9 GB free .* expected more for b 7\.0 GB, c 8\.0 GB; free some"):
        require_room(6_900_000_000, asked(tmp_path, a=4, b=5, c=6), Size.FULL, environment_bytes=2 * GB)


def test_what_is_there_from_before_is_not_needed_again(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "model").write_bytes(b"x" * 40_000_000)

    require_room(GB - 30_000_000, asked(tmp_path, a=1), Size.FULL, environment_bytes=0)
    with pytest.raises(NoRoomError):
        require_room(GB - 30_000_000, asked(tmp_path, b=1), Size.FULL, environment_bytes=0)


def test_a_folder_that_is_not_there_yet_has_the_room_of_its_disk(tmp_path: Path) -> None:
    assert abs(free_bytes(tmp_path / "not" / "there") - shutil.disk_usage(tmp_path).free) < GB


def test_an_environment_that_is_there_needs_less(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    (tmp_path / "venv" / "torch").write_bytes(b"x" * 1_000_000)

    assert environment_needs(tmp_path / "none") - environment_needs(tmp_path / "venv") >= 1_000_000
