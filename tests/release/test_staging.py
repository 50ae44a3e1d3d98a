"""A folder appears whole or not at all, and what dead runs left is swept away."""

from pathlib import Path

import pytest

from converter.release import staged, staged_files, sweep


def test_the_folder_is_not_seen_before_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "build" / "fox.v1"
    with staged(target) as folder:
        (folder / "a").write_text("a")
        assert not target.exists()
    assert (target / "a").read_text() == "a"
    assert [path.name for path in target.parent.iterdir()] == ["fox.v1"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, OSError])
def test_nothing_is_left_of_a_folder_that_fails(tmp_path: Path, error: type[BaseException]) -> None:
    def fail() -> None:
        with staged(tmp_path / "fox.v1") as folder:
            (folder / "a").write_text("a")
            raise error

    with pytest.raises(error):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_what_was_there_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "fox.v1"
    target.mkdir()
    (target / "old").touch()
    with staged(target) as folder:
        (folder / "new").touch()
        assert (target / "old").exists()
    assert [path.name for path in target.iterdir()] == ["new"]


def test_what_was_there_stays_if_the_new_one_fails(tmp_path: Path) -> None:
    target = tmp_path / "fox.v1"
    target.mkdir()
    (target / "old").touch()

    def fail() -> None:
        with staged(target):
            raise ValueError

    with pytest.raises(ValueError):
        fail()
    assert [path.name for path in target.iterdir()] == ["old"]


def test_what_a_dead_process_left_is_swept_by_the_next_run_for_any_target(tmp_path: Path) -> None:
    dead = tmp_path / ".fox.v1.4242.partial"
    dead.mkdir()
    (dead / "weights.pb").write_bytes(b"half")
    dead.with_name(dead.name + ".lock").touch()
    with staged(tmp_path / "owl.v1"):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["owl.v1"]


def test_the_folder_of_a_live_process_is_not_swept(tmp_path: Path) -> None:
    with staged(tmp_path / "fox.v1") as living:
        (living / "a").touch()
        with staged(tmp_path / "owl.v1"):
            pass
        sweep(tmp_path)
        assert (living / "a").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"fox.v1", "owl.v1"}


def test_sweeping_touches_nothing_else(tmp_path: Path) -> None:
    kept = {"fox.v1", ".hidden", "notes.partial", "x.lock"}
    for name in kept:
        (tmp_path / name).mkdir()
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_sweeping_a_folder_that_does_not_exist_does_nothing(tmp_path: Path) -> None:
    sweep(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_files_take_their_places_at_the_end_and_older_ones_go(tmp_path: Path) -> None:
    target = tmp_path / "fox.v1.safetensors"
    target.write_text("old")
    with staged_files(target) as folder:
        (folder / target.name).write_text("new")
        (folder / "fox.v1.safetensors.json").write_text("{}")
        assert target.read_text() == "old"
    assert target.read_text() == "new"
    assert {path.name for path in tmp_path.iterdir()} == {target.name, "fox.v1.safetensors.json"}


def test_files_that_were_not_finished_vanish(tmp_path: Path) -> None:
    target = tmp_path / "fox.v1.safetensors"
    target.write_text("old")
    with pytest.raises(OSError, match="disk"), staged_files(target) as folder:  # noqa: PT012 - what happens inside counts
        (folder / target.name).write_text("half")
        raise OSError("disk")
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {target.name: "old"}
