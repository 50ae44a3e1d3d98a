"""The index, true to the tags whatever happened to it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from converter.errors import ExitCode
from converter.hub import HubError, Index, Ledger, LedgerUnreadable, Store, publish, read_published, retire, yank
from converter.hub.folder_store import FolderStore
from converter.hub.refresh import refresh_index
from converter.progress import silent
from tests.support.failing_store import FailingStore
from tests.support.release_folders import reissued
from tests.support.tiny_release import contents_of, tiny_release

INDEX = "main/index.json"
LEDGER = "main/ledger.json"


@pytest.fixture
def hub(tmp_path: Path) -> Path:
    for name, version in (("pico", 1), ("pico", 2), ("nano", 1)):
        folder = tiny_release(tmp_path / f"{name}{version}", name, version)
        publish(open_store(tmp_path / "hub"), folder, report=silent)
    return tmp_path / "hub"


def open_store(root: Path) -> Store:
    return FolderStore(root, name="file:hub")


def changed(data: bytes, tag: str, change: Mapping[str, object]) -> bytes:
    raw = json.loads(data)
    next(row for row in raw["releases"] if row["tag"] == tag).update(change)
    return json.dumps(raw).encode()


def test_a_hub_that_does_not_exist_has_nothing_published(tmp_path: Path) -> None:
    assert read_published(open_store(tmp_path / "hub")).index == Index()


def test_an_index_that_agrees_with_the_tags_is_read_without_a_manifest(hub: Path) -> None:
    wrapped, log = FailingStore.wrap(open_store(hub))

    state = read_published(wrapped)

    assert [row.tag for row in state.index.rows] == ["nano.v1", "pico.v1", "pico.v2"]
    assert log.calls == ["tags", "read_index"]
    assert state.notes == ()


def test_a_missing_index_is_rebuilt_from_the_tags(hub: Path) -> None:
    wanted = (hub / INDEX).read_bytes()
    (hub / INDEX).unlink()

    refresh_index(open_store(hub))

    assert (hub / INDEX).read_bytes() == wanted


@pytest.mark.parametrize("broken", [b"", b"{", b"\xff", b'{"schema": 1, "releases": [{}]}'])
def test_a_broken_index_is_rebuilt_with_a_note(hub: Path, broken: bytes) -> None:
    wanted = (hub / INDEX).read_bytes()
    (hub / INDEX).write_bytes(broken)

    state = read_published(open_store(hub))
    refresh_index(open_store(hub))

    assert state.index.to_json() == wanted
    assert "rebuilt from the tags" in state.notes[0]
    assert (hub / INDEX).read_bytes() == wanted


def test_an_index_of_a_later_version_is_left_alone(hub: Path) -> None:
    (hub / INDEX).write_bytes(b'{"schema": 99, "releases": []}')

    with pytest.raises(HubError, match="later version of this tool"):
        refresh_index(open_store(hub))

    assert (hub / INDEX).read_bytes() == b'{"schema": 99, "releases": []}'


def test_a_row_whose_tag_is_gone_is_dropped(hub: Path) -> None:
    (hub / "pico.v2").rename(hub.parent / "elsewhere")

    assert [row.tag for row in read_published(open_store(hub)).index.rows] == ["nano.v1", "pico.v1"]


def test_a_row_with_another_commit_is_read_again_from_its_tag(hub: Path) -> None:
    wanted = (hub / INDEX).read_bytes()
    (hub / INDEX).write_bytes(changed(wanted, "pico.v1", {"commit": "0" * 40, "precision": "fp16"}))

    assert read_published(open_store(hub)).index.to_json() == wanted


def test_a_yanked_release_stays_yanked_when_its_row_is_read_again(hub: Path) -> None:
    yank(open_store(hub), "pico", "wrong scheduler")
    (hub / INDEX).write_bytes(changed((hub / INDEX).read_bytes(), "pico.v2", {"yanked": None, "commit": "0" * 40}))

    assert read_published(open_store(hub)).index.by_tag["pico.v2"].yanked == "wrong scheduler"


@pytest.mark.parametrize("broken", [None, b"{"])
def test_an_index_that_is_rebuilt_has_the_marks_of_the_ledger(hub: Path, broken: bytes | None) -> None:
    yank(open_store(hub), "pico", "wrong scheduler")
    retire(open_store(hub), "nano")
    wanted = contents_of(hub / "main")
    (hub / INDEX).unlink()
    if broken is not None:
        (hub / INDEX).write_bytes(broken)

    refresh_index(open_store(hub))

    assert contents_of(hub / "main") == wanted


def test_a_hub_from_before_the_ledger_keeps_the_marks_of_its_index(hub: Path) -> None:
    (hub / INDEX).write_bytes(changed((hub / INDEX).read_bytes(), "pico.v2", {"yanked": "wrong scheduler"}))
    (hub / LEDGER).unlink()

    refresh_index(open_store(hub))

    ledger = Ledger.from_json((hub / LEDGER).read_bytes(), "here")
    assert ledger.yanked == {"pico.v2": "wrong scheduler"}
    assert set(ledger.commits) == {"nano.v1", "pico.v1", "pico.v2"}


def test_a_broken_ledger_is_for_a_person_and_nothing_is_written(hub: Path) -> None:
    (hub / LEDGER).write_bytes(b"[]")
    before = contents_of(hub)

    with pytest.raises(LedgerUnreadable, match=r"file:hub: ledger\.json: not a ledger.*history of main") as caught:
        refresh_index(open_store(hub))

    assert caught.value.exit_code == ExitCode.PERSON
    assert contents_of(hub) == before


def test_a_tag_that_was_moved_is_noted_for_good(hub: Path) -> None:
    reissued(hub / "pico.v2", {"notes.txt": b"other content"})

    refresh_index(open_store(hub))

    assert [note for note in read_published(open_store(hub)).notes if "pico.v2 was moved" in note]


def test_a_tag_that_is_missing_from_the_index_is_read_from_its_manifest(hub: Path) -> None:
    wanted = (hub / INDEX).read_bytes()
    raw = json.loads(wanted)
    raw["releases"] = raw["releases"][:1]
    (hub / INDEX).write_bytes(json.dumps(raw).encode())

    assert read_published(open_store(hub)).index.to_json() == wanted


@pytest.mark.parametrize("tag", ["v1.0", "Pico.v3", "pico.v0", "pico.v3x", "backup"])
def test_a_tag_of_another_form_is_ignored_with_a_note(hub: Path, tag: str) -> None:
    (hub / tag).mkdir()

    state = read_published(open_store(hub))

    assert len(state.index.rows) == 3
    assert [note for note in state.notes if f"tag {tag} is not of the form NAME.vN" in note]


def test_a_tag_without_a_manifest_is_ignored_with_a_note(hub: Path) -> None:
    (hub / "pico.v3").mkdir()

    state = read_published(open_store(hub))

    assert len(state.index.rows) == 3
    assert "pico.v3 is not a release" in state.notes[0]


def test_a_tag_with_the_manifest_of_another_is_ignored_with_a_note(hub: Path, tmp_path: Path) -> None:
    tiny_release(hub / "pico.v3", "pico", 7)

    assert "is that of pico.v7" in read_published(open_store(hub)).notes[0]


@pytest.mark.parametrize(
    "change",
    [
        {"asked": [1]},
        {"asked": None},
        {"model": {"architecture": 1, "layout": "", "parameters": 1, "dtypes": {}}},
    ],
)
def test_a_hand_made_manifest_of_wrong_types_is_ignored_with_a_note(hub: Path, change: dict[str, object]) -> None:
    tiny_release(hub / "pico.v3", "pico", 3)
    raw = json.loads((hub / "pico.v3/manifest.json").read_bytes())
    (hub / "pico.v3/manifest.json").write_text(json.dumps({**raw, **change}))

    state = read_published(open_store(hub))

    assert len(state.index.rows) == 3
    assert "pico.v3 is not a release" in state.notes[0]


def test_every_publication_repairs_what_others_left_undone(hub: Path, tmp_path: Path) -> None:
    (hub / INDEX).unlink()

    publish(open_store(hub), tiny_release(tmp_path / "femto", "femto"), report=silent)

    index = Index.from_json((hub / INDEX).read_bytes(), "here")
    assert [row.tag for row in index.rows] == ["femto.v1", "nano.v1", "pico.v1", "pico.v2"]
